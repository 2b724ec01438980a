import {VchError} from '../containers/vch-error.js'
import type {Route} from './routes.js'

/** Endpoints that a VCH has and refuses, with the name it calls them by (facts/vch-docker-api.md § 3.7, § 9). */
const REFUSED: readonly (readonly [method: string, pattern: RegExp, name: string])[] = [
  ['GET', /^\/containers\/([^/]+)\/top$/, 'ContainerTop'],
  ['POST', /^\/containers\/([^/]+)\/pause$/, 'ContainerPause'],
  ['POST', /^\/containers\/([^/]+)\/unpause$/, 'ContainerUnpause'],
  ['POST', /^\/containers\/([^/]+)\/update$/, 'ContainerUpdate'],
  ['GET', /^\/containers\/([^/]+)\/export$/, 'ContainerExport'],
  ['POST', /^\/containers\/prune$/, 'ContainersPrune'],
  ['GET', /^\/images\/(.+)\/history$/, 'ImageHistory'],
  ['GET', /^\/images\/get$/, 'ExportImage'],
  ['GET', /^\/images\/(.+)\/get$/, 'ExportImage'],
  ['POST', /^\/images\/load$/, 'LoadImage'],
  ['GET', /^\/images\/search$/, 'SearchRegistryForImages'],
  ['POST', /^\/images\/prune$/, 'ImagesPrune'],
  ['POST', /^\/images\/(.+)\/push$/, 'PushImage'],
  ['POST', /^\/networks\/prune$/, 'NetworksPrune'],
  ['POST', /^\/networks\/([^/]+)\/disconnect$/, 'DisconnectContainerFromNetwork'],
  ['POST', /^\/volumes\/prune$/, 'VolumesPrune'],
  ['GET', /^\/system\/df$/, 'SystemDiskUsage'],
  ['GET', /^\/containers\/([^/]+)\/checkpoints$/, 'CheckpointList'],
  ['POST', /^\/containers\/([^/]+)\/checkpoints$/, 'CheckpointCreate'],
  ['DELETE', /^\/containers\/([^/]+)\/checkpoints\/([^/]+)$/, 'CheckpointDelete'],
  ['GET', /^\/swarm$/, 'Inspect'],
  ['POST', /^\/swarm\/init$/, 'Init'],
  ['POST', /^\/swarm\/join$/, 'Join'],
  ['POST', /^\/swarm\/leave$/, 'Leave'],
  ['POST', /^\/swarm\/update$/, 'Update'],
  ['GET', /^\/swarm\/unlockkey$/, 'GetUnlockKey'],
  ['POST', /^\/swarm\/unlock$/, 'UnlockSwarm'],
  ['GET', /^\/services$/, 'GetServices'],
  ['POST', /^\/services\/create$/, 'CreateService'],
  ['POST', /^\/services\/([^/]+)\/update$/, 'UpdateService'],
  ['GET', /^\/services\/([^/]+)\/logs$/, 'ServiceLogs'],
  ['GET', /^\/services\/([^/]+)$/, 'GetService'],
  ['DELETE', /^\/services\/([^/]+)$/, 'RemoveService'],
  ['GET', /^\/nodes$/, 'GetNodes'],
  ['GET', /^\/nodes\/([^/]+)$/, 'GetNode'],
  ['POST', /^\/nodes\/([^/]+)\/update$/, 'UpdateNode'],
  ['DELETE', /^\/nodes\/([^/]+)$/, 'RemoveNode'],
  ['GET', /^\/tasks$/, 'GetTasks'],
  ['GET', /^\/tasks\/([^/]+)$/, 'GetTask'],
  ['GET', /^\/plugins$/, 'List'],
  ['GET', /^\/plugins\/privileges$/, 'Privileges'],
  ['POST', /^\/plugins\/pull$/, 'Pull'],
  ['POST', /^\/plugins\/create$/, 'CreateFromContext'],
  ['GET', /^\/plugins\/(.+)\/json$/, 'Inspect'],
  ['POST', /^\/plugins\/(.+)\/enable$/, 'Enable'],
  ['POST', /^\/plugins\/(.+)\/disable$/, 'Disable'],
  ['POST', /^\/plugins\/(.+)\/push$/, 'Push'],
  ['POST', /^\/plugins\/(.+)\/upgrade$/, 'Upgrade'],
  ['POST', /^\/plugins\/(.+)\/set$/, 'Set'],
  ['DELETE', /^\/plugins\/(.+)$/, 'Remove'],
]

/** What a VCH can do and the sandbox cannot: said, never pretended. */
const NOT_EMULATED: readonly (readonly [method: string, pattern: RegExp, name: string])[] = [
  ['GET', /^\/containers\/([^/]+)\/stats$/, 'docker stats'],
  ['GET', /^\/containers\/([^/]+)\/changes$/, 'docker diff'],
  ['HEAD', /^\/containers\/([^/]+)\/archive$/, 'docker cp'],
  ['GET', /^\/containers\/([^/]+)\/archive$/, 'docker cp'],
  ['PUT', /^\/containers\/([^/]+)\/archive$/, 'docker cp'],
  ['POST', /^\/commit$/, 'docker commit'],
  ['POST', /^\/images\/(.+)\/tag$/, 'docker tag'],
]

function refuse(text: string): Route[2] {
  return () => {
    throw new VchError(500, text)
  }
}

export const UNSUPPORTED_ROUTES: readonly Route[] = [
  ...REFUSED.map(([method, pattern, name]): Route => [
    method,
    pattern,
    refuse(`vSphere Integrated Containers does not yet implement ${name}`),
  ]),
  ...NOT_EMULATED.map(([method, pattern, name]): Route => [
    method,
    pattern,
    refuse(`vicnfs sandbox (engine process): ${name} is not emulated`),
  ]),
]

import {VchError} from '../containers/vch-error.js'
import type {ApiCall} from './api-call.js'
import type {Route} from './routes.js'

const PRODUCT = 'vSphere Integrated Containers'

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

const SWARM_READS = /^\/(?:swarm|services|services\/[^/]+|nodes|nodes\/[^/]+|tasks|tasks\/[^/]+)$/
const SWARM = /^\/(?:swarm|services|nodes|secrets)(?:\/.+)?$/
const PLUGINS = /^\/plugins(?:\/.+)?$/
const METHODS = ['GET', 'POST', 'DELETE'] as const

function refuse(text: string, status = 500): Route[2] {
  return () => {
    throw new VchError(status, text)
  }
}

function pluginNotFound(_context: unknown, {params}: ApiCall): never {
  throw new VchError(404, `plugin ${params[0] ?? ''} not found`)
}

/** Swarm and plugins have words of their own (VIC's swarm.go and plugins.go); the docker CLI goes by the 404 of some. */
const SWARM_AND_PLUGINS: readonly Route[] = [
  ['GET', SWARM_READS, refuse('Docker Swarm is not yet supported', 404)],
  ['GET', /^\/plugins\/(.+)\/json$/, pluginNotFound],
  ...METHODS.flatMap((method): Route[] => [
    [method, SWARM, refuse(`${PRODUCT} does not yet support Docker Swarm`)],
    [method, PLUGINS, refuse(`${PRODUCT} does not yet support plugins`)],
  ]),
]

export const UNSUPPORTED_ROUTES: readonly Route[] = [
  ...REFUSED.map(([method, pattern, name]): Route => [
    method,
    pattern,
    refuse(`${PRODUCT} does not yet implement ${name}`),
  ]),
  ...SWARM_AND_PLUGINS,
  ...NOT_EMULATED.map(([method, pattern, name]): Route => [
    method,
    pattern,
    refuse(`vicnfs sandbox (engine process): ${name} is not emulated`),
  ]),
]

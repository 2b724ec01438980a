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

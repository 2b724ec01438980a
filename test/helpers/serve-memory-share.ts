import {memoryShare, type MemoryShare} from './memory-share.js'
import {startScriptedServer, type Script, type ScriptedServer} from './scripted-rpc-server.js'

export interface ServedShare {
  readonly share: MemoryShare
  readonly server: ScriptedServer
  readonly address: {readonly host: string; readonly path: string; readonly uid: number; readonly gid: number}
}

/** Serves a share from memory at one loopback port; `overrides` change single answers. The caller closes the server. */
export async function serveMemoryShare(
  overrides: Script | ((base: Script, share: MemoryShare) => Script) = {},
): Promise<ServedShare> {
  const share = memoryShare()
  let port = 0
  const base = share.script(() => port)
  const script = {...base, ...(typeof overrides === 'function' ? overrides(base, share) : overrides)}
  const server = await startScriptedServer(script)
  port = server.port
  return {share, server, address: {host: '127.0.0.1', path: '/exports/data', uid: 1000, gid: 1000}}
}

import {spawn, type ChildProcessByStdio} from 'node:child_process'
import {once} from 'node:events'
import {writeFileSync} from 'node:fs'
import path from 'node:path'
import {createInterface} from 'node:readline'
import type {Readable} from 'node:stream'
import {text} from 'node:stream/consumers'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {MOUNT3} from '../../../../src/nfs/wire/mount3.js'
import {MOUNT} from '../../../../src/nfs/wire/rpc-message.js'
import {childEntry} from '../../../../src/sandbox/child-entry.js'
import {OPEN, call, connect, makeBase, removeBase, type ExportSession} from './export-session.js'

type ChildProcess = ChildProcessByStdio<null, Readable, Readable>

const entry = childEntry('nfs-server/main.js')

describe('the server as a process', () => {
  let base: string
  let child: ChildProcess | undefined
  beforeEach(() => {
    base = makeBase()
  })
  afterEach(async () => {
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    removeBase({root: path.join(base, 'export')} as ExportSession)
  })

  const start = (changes: object = {}): ChildProcess => {
    const settings = {
      ...{address: '127.0.0.1', portmapPort: 0, nfsdPort: 0, mountdPort: 0, exportPath: '/home/nfs'},
      ...{rootDirectory: path.join(base, 'export'), exportOptions: OPEN, attributesFile: path.join(base, 'attributes')},
      ...changes,
    }
    const file = path.join(base, 'settings.json')
    writeFileSync(file, JSON.stringify(settings))
    child = spawn(process.execPath, [entry, file], {stdio: ['ignore', 'pipe', 'pipe']})
    return child
  }
  /** Lines up to the one that says ready. */
  const untilReady = async ({stdout}: ChildProcess): Promise<string[]> => {
    const lines: string[] = []
    for await (const line of createInterface({input: stdout})) {
      lines.push(line)
      if (line.includes('ready')) break
    }
    return lines
  }
  const mountdPort = (lines: readonly string[]): number => Number(/mountd (\d+),/.exec(lines.at(-1) ?? '')?.[1])
  const mount = async (port: number) => {
    const mountd = await connect('127.0.0.1', port)
    const result = await call(mountd, MOUNT3.mnt, {args: '/home/nfs', program: MOUNT})
    mountd.close()
    return result.ok
  }

  it('says ready once, can be mounted then, and stops in order on SIGTERM', async () => {
    const server = start()
    const lines = await untilReady(server)
    expect(lines.filter((line) => line.includes('ready'))).toHaveLength(1)
    expect(lines.at(-1)).toMatch(
      /^nfs-server: ready: \/home\/nfs, sandbox server, portmap \d+, nfsd \d+, mountd \d+, no lockd$/,
    )
    expect(await mount(mountdPort(lines))).toBe(true)
    server.kill('SIGTERM')
    expect(await once(server, 'exit')).toEqual([0, null])
  })

  it('goes on when whoever read its log is gone, and on a hang-up', async () => {
    const server = start()
    const port = mountdPort(await untilReady(server))
    server.stdout.destroy()
    server.stderr.destroy()
    server.kill('SIGHUP')
    for (let round = 0; round < 5; round++) expect(await mount(port)).toBe(true)
    server.kill('SIGTERM')
    expect(await once(server, 'exit')).toEqual([0, null])
  })

  it.each([
    [{exportPath: 'home', nfsdPort: -1}, 2, [/^nfs-server: error: nfsdPort must be a whole number/]],
    [{exportOptions: '*(rw,bogus,worse)'}, 14, [/no option "bogus"$/, /no option "worse"$/]],
    [{address: '192.0.2.1'}, 32, [/^nfs-server: error: cannot listen on 192\.0\.2\.1 port 0: /]],
  ])('ends with a line per fault and a code of its own: %j', async (changes, exitCode, expected) => {
    const server = start(changes)
    const exit = once(server, 'exit')
    const [out, err] = await Promise.all([text(server.stdout), text(server.stderr)])
    expect(await exit).toEqual([exitCode, null])
    const lines = err.trimEnd().split('\n')
    expect(lines).toHaveLength(expected.length)
    for (const [index, pattern] of expected.entries()) expect(lines[index]).toMatch(pattern)
    expect(out).toBe('')
  })
})

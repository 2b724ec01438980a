import {spawn, type ChildProcessByStdio} from 'node:child_process'
import {once} from 'node:events'
import {mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {createInterface} from 'node:readline'
import type {Readable} from 'node:stream'
import {readImageSettings} from '../../../src/sandbox/containers/image-settings.js'
import {childEntry} from '../../../src/sandbox/child-entry.js'
import type {ServerSettings} from '../../../src/sandbox/nfs-server/settings.js'
import {runProgram} from '../../e2e/run-program.js'
import {makeTempDirectory} from '../temp-directory.js'
import {removeDirectory} from '../../../src/sandbox/containers/remove-directory.js'
import {OPEN, type NfsServers, type NfsSubject, type Settings} from './subject.js'

const ENTRY = childEntry(new URL('../../../src/sandbox/daemon.ts', import.meta.url).href, 'nfs-server/main.js')
const READY = /^nfs-server: ready: .* portmap (\d+), /

type Server = ChildProcessByStdio<null, Readable, null>

/** A running server process and the port of its port mapper. */
interface Running {
  readonly process: Server
  readonly portmapPort: number
}

async function launch(settings: ServerSettings, file: string): Promise<Running> {
  await writeFile(file, JSON.stringify(settings))
  const child = spawn(process.execPath, [ENTRY, file], {stdio: ['ignore', 'pipe', 'inherit']})
  for await (const line of createInterface({input: child.stdout})) {
    const port = READY.exec(line)?.[1]
    if (port === undefined) continue
    child.stdout.resume()
    return {process: child, portmapPort: Number(port)}
  }
  throw new Error('the server ended without being ready')
}

async function end({process: child}: Running, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill(signal)
  await ended
}

async function openSubject(directory: string, given: Settings): Promise<NfsSubject> {
  const root = path.join(directory, 'volume')
  await mkdir(root, {recursive: true})
  const place = {
    ...{address: '127.0.0.1', nfsdPort: 0, mountdPort: 0},
    ...{rootDirectory: root, attributesFile: path.join(directory, 'attributes')},
  }
  let running: Running | undefined
  let settings: ServerSettings
  const begin = async (wanted: Settings): Promise<void> => {
    const env = Object.entries({EXPORT_OPTS: OPEN, ...wanted}).map(([name, value]) => `${name}=${value}`)
    const {exportFolder, exportOptions, exportUid, exportGid, exportMode, exportFsid} = readImageSettings(env)
    // The address is the port mapper's: it stays.
    const portmapPort = running?.portmapPort ?? 0
    const own = Object.entries({exportUid, exportGid, exportMode, exportFsid}).filter(
      ([, value]) => value !== undefined,
    )
    settings = {...place, portmapPort, exportPath: exportFolder, exportOptions, ...Object.fromEntries(own)}
    running = await launch(settings, path.join(directory, 'settings.json'))
  }
  await begin(given)
  let current = given
  return {
    host: place.address,
    path: readImageSettings([]).exportFolder,
    get portmapPort() {
      return running?.portmapPort ?? 0
    },
    shell: async (command) => {
      const env = {PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8'}
      const ended = await runProgram('/bin/sh', ['-c', command], {cwd: root, env})
      if (ended.exitCode !== 0) throw new Error(`${command}: ${ended.stderr}`)
      return ended.stdout
    },
    kill: async () => running && end(running, 'SIGKILL'),
    start: () => begin(current),
    recreate: async (wanted) => {
      if (running !== undefined) await end(running, 'SIGTERM')
      current = wanted
      await begin(current)
    },
    close: async () => running && end(running, 'SIGKILL'),
  }
}

/** The sandbox's own server, each a child process on a folder of its own. */
export async function openSandboxServers(): Promise<NfsServers> {
  const directory = await makeTempDirectory()
  let count = 0
  return {
    async open(settings = {}) {
      const own = path.join(directory, String(++count))
      await mkdir(own)
      return openSubject(own, settings)
    },
    close: async () => removeDirectory(directory),
  }
}

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
import {isParked, OPEN, type NfsServers, type NfsSubject, type Settings} from './subject.js'

const ENTRY = childEntry('nfs-server/main.js')
const ADDRESS = '127.0.0.1'
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

/** Where a server's files are; a parked one has others. */
async function servedFolder(directory: string, settings: Settings): Promise<string> {
  const folder = path.join(directory, isParked(settings) ? 'parked' : 'volume')
  await mkdir(folder, {recursive: true})
  return folder
}

/** What the sandbox makes of the image's settings for a container. */
async function serverSettings(directory: string, given: Settings, portmapPort: number): Promise<ServerSettings> {
  const env = Object.entries({EXPORT_OPTS: OPEN, ...given}).map(([name, value]) => `${name}=${value}`)
  const image = readImageSettings(env)
  const {exportFolder, exportOptions, exportUid, exportGid, exportMode, exportFsid, parked, parkedDirectories} = image
  const own = Object.entries({exportUid, exportGid, exportMode, exportFsid}).filter(([, value]) => value !== undefined)
  const rootDirectory = await servedFolder(directory, given)
  return {
    ...{address: ADDRESS, portmapPort, nfsdPort: 0, mountdPort: 0},
    ...{exportPath: exportFolder, rootDirectory, exportOptions, attributesFile: `${rootDirectory}.attributes`},
    ...(parked ? {parked, parkedDirectories} : Object.fromEntries(own)),
  }
}

async function openSubject(directory: string, given: Settings): Promise<NfsSubject> {
  let current = given
  // The port mapper's port is this subject's address: it stays.
  const begin = async (portmapPort: number): Promise<Running> =>
    launch(await serverSettings(directory, current, portmapPort), path.join(directory, 'settings.json'))
  let running = await begin(0)
  const {portmapPort} = running
  return {
    ...{host: ADDRESS, portmapPort, path: readImageSettings([]).exportFolder},
    shell: async (command) => {
      const env = {PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8'}
      const cwd = await servedFolder(directory, current)
      const ended = await runProgram('/bin/sh', ['-c', command], {cwd, env})
      if (ended.exitCode !== 0) throw new Error(`${command}: ${ended.stderr}`)
      return ended.stdout
    },
    kill: () => end(running, 'SIGKILL'),
    start: async () => void (running = await begin(portmapPort)),
    recreate: async (wanted) => {
      await end(running, 'SIGTERM')
      current = wanted
      running = await begin(portmapPort)
    },
    close: () => end(running, 'SIGKILL'),
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

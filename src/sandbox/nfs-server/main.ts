import {readFileSync} from 'node:fs'
import {SERVER_EXIT} from './exit-codes.js'
import {SettingsError, StartError, type ServerSettings} from './settings.js'
import {startNfsServer, type NfsServer} from './start-server.js'

/** The container outlives whoever started it: a log that nobody reads any more is no reason to stop. */
function surviveParent(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  process.on('SIGHUP', () => {})
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

function readSettings(file: string | undefined): ServerSettings {
  if (file === undefined) throw new SettingsError(['usage: main.js SETTINGS.json'], SERVER_EXIT.settingsFile)
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ServerSettings
  } catch (error) {
    throw new SettingsError([`the settings cannot be read: ${(error as Error).message}`], SERVER_EXIT.settingsFile)
  }
}

function summarize(settings: ServerSettings, {address, ports}: NfsServer): void {
  if (settings.parked === true)
    say('nfs-server: parked: an empty folder stands in for the volume, nothing can be written')
  for (const entry of settings.exportOptions.split(/\s+/).filter((part) => part !== ''))
    say(`nfs-server: client ${entry}`)
  say(`nfs-server: address ${address}, in user space by the sandbox, NFS version 3 over TCP, no locks`)
  if (settings.openPorts !== undefined) say(`nfs-server: published ports ${settings.openPorts.join(', ') || 'none'}`)
  const {portmap, nfsd, mountd} = ports
  say(
    `nfs-server: ready: ${settings.exportPath}, sandbox server, portmap ${portmap}, nfsd ${nfsd}, mountd ${mountd}, no lockd`,
  )
}

function explain(error: unknown): number {
  const lines = error instanceof SettingsError ? error.faults : [error instanceof Error ? error.message : String(error)]
  for (const line of lines) process.stderr.write(`nfs-server: error: ${line}\n`)
  return error instanceof SettingsError || error instanceof StartError ? error.exitCode : 1
}

async function main(): Promise<void> {
  surviveParent()
  const stop = new AbortController()
  const stopped = new Promise<void>((resolve) => {
    stop.signal.addEventListener('abort', () => resolve(), {once: true})
  })
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => stop.abort(name))
  try {
    const settings = readSettings(process.argv[2])
    const server = await startNfsServer(settings, {log: (line) => say(`rpc.mountd: ${line}`)})
    if (!stop.signal.aborted) summarize(settings, server)
    await stopped
    say(`nfs-server: stopping ${String(stop.signal.reason).slice(3)}`)
    await server.close()
    say('nfs-server: stopped')
  } catch (error) {
    process.exitCode = explain(error)
  }
}

await main()

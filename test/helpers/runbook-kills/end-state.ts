import {readdir, readFile} from 'node:fs/promises'
import path from 'node:path'

import {openJournal} from '../../../src/journal/journal.js'
import type {SandboxHandle} from '../../../src/sandbox/lifecycle/handle.js'
import {bootCount, changesIn, readState} from '../sandbox-sights.js'

/** Each file below a folder with what is in it, in order of their names; the time in a record is not looked at. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, {recursive: true, withFileTypes: true})
  const texts = entries.map(async (entry) => {
    const file = path.join(entry.parentPath, entry.name)
    const content = entry.isFile() ? (await readFile(file, 'utf8')).replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'then') : ''
    return `${path.relative(folder, file)} ${content}`
  })
  return (await Promise.all(texts)).sort()
}

/** How often vic-machine was started for each kind of change; one that was only asked for has changed nothing. */
async function startedChanges(stateDirectory: string): Promise<string[]> {
  const kinds = (await changesIn(stateDirectory)).map(async ({folder, kind}) => {
    const started = await readFile(path.join(folder, 'started.json'), 'utf8').catch(() => '{}')
    return 'vicMachine' in (JSON.parse(started) as object) ? [kind] : []
  })
  return (await Promise.all(kinds)).flat()
}

/** Each run has a name of its own; which address a server gets is a matter of milliseconds where two are made at once. */
function withoutChance<T>(value: T, containers: readonly {readonly name: string; readonly address: string}[]): T {
  let text = JSON.stringify(value).replaceAll(/"vicnfs\.run":"[\w-]+"/g, '"vicnfs.run":"some"')
  for (const {name, address} of containers) {
    text = text.replaceAll(new RegExp(`${address.replaceAll('.', String.raw`\.`)}(?!\\d)`, 'g'), `<${name}>`)
  }
  return JSON.parse(text) as T
}

/** What later runs have to settle when it is open in the journal; that of the rest shows on the platform. */
const TO_SETTLE = ['configure', 'rollback', 'reset-progress', 'record-write', 'server-exchange', 'runbook-phase']

const byName = (a: {readonly name: string}, b: {readonly name: string}): number => a.name.localeCompare(b.name)

/**
 * All that an apply leaves behind: what the VCH has, what is on its volumes, what the journal has open, how often
 * vic-machine ran and how often the VCH restarted.
 * @param options.boots how often it had booted before
 */
export async function endState(
  vch: SandboxHandle,
  {stateDirectory, boots}: {readonly stateDirectory: string; readonly boots: number},
): Promise<unknown> {
  const {volumes, containers, guestInfo, snapshots, power} = await readState(vch)
  const own = [...containers].sort(byName)
  const files = volumes.map(async ({name}) => [name, await filesBelow(path.join(vch.directory, 'volumes', name))])
  const seen = {
    volumes: [...volumes].sort(byName).map(({createdAt: _createdAt, ...rest}) => rest),
    containers: own.map(({name, image, request, mounts, power: itsPower, network, address}) => {
      return {name, image, request, mounts, power: itsPower, network, address}
    }),
    files: Object.fromEntries(await Promise.all(files)) as Record<string, string[]>,
    stores: guestInfo.stores,
    updateInProgress: guestInfo.updateInProgress ?? false,
    snapshots: snapshots.map(({name, guestInfo: {stores}}) => ({name, stores})),
    power,
    changes: await startedChanges(stateDirectory),
    powerCycles: (await bootCount(vch)) - boots,
  }
  const history = await openJournal(stateDirectory).history()
  const open = history.filter(({result}) => result === undefined).map(({intent}) => intent.action)
  const unsettled = open.filter((action) => TO_SETTLE.includes(action))
  return {...withoutChance(seen, own), addresses: own.map(({address}) => address).sort(), unsettled}
}

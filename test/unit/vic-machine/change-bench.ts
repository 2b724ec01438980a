import {afterEach} from '@jest/globals'
import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {parseStoreArgument} from '../../../src/model/volume-store.js'
import {createVicMachine} from '../../../src/vic-machine/vic-machine.js'
import type {Change} from '../../../src/vic-machine/vic-machine-api.js'
import {fakeVicMachine, lives, until, type FakeVicMachine} from './fake-vic-machine.js'

export const SUCCESS = `echo 'time="2026-11-23T15:54:52Z" level=info msg="Completed successfully" '`
export const WAITING = `echo 'time="2026-11-23T15:54:48Z" level=info msg="Setting VM configuration" '
until [ -e "$GATE" ]; do sleep 0.05; done
${SUCCESS}`

export const CHANGE: Change = {
  kind: 'configure',
  vch: {id: 'vm-73'},
  stores: ['ds://Shared Store (2)/VIC:default', 'nfs://192.0.2.10/exports/data?uid=0&gid=0:nfs1'].map(
    parseStoreArgument,
  ),
  timeoutMs: 900_000,
}

const fakes: FakeVicMachine[] = []
export const pids: number[] = []

export async function fake(body: string): Promise<FakeVicMachine> {
  const made = await fakeVicMachine(body)
  fakes.push(made)
  return made
}

export async function startIn(made: FakeVicMachine) {
  const run = await createVicMachine(made.settings).start(CHANGE, await made.folder())
  pids.push(run.pid, (await startedOf(run.folder)).runner.pid)
  return run
}

export async function startedOf(folder: string) {
  return JSON.parse(await readFile(join(folder, 'started.json'), 'utf8')) as {
    runner: {pid: number}
    vicMachine: {pid: number}
  }
}

afterEach(async () => {
  for (const made of fakes) await made.open()
  for (const pid of pids.splice(0)) await until(() => !lives(pid))
  for (const made of fakes.splice(0)) await made.remove()
})

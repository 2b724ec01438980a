import type {JournalEntry, JournalRecord, NewJournalEntry} from '../../../src/journal/entry.js'
import type {Journal} from '../../../src/journal/journal.js'
import {traitsOf} from '../../../src/model/vic-version.js'
import {VicnfsError} from '../../../src/model/vicnfs-error.js'
import {parseStoreArgument} from '../../../src/model/volume-store.js'
import type {Adapters} from '../../../src/services/adapters.js'
import type {ConsumerVch} from '../../../src/services/registration/identify-consumer.js'
import type {ChangeEnd, ChangeRun, VicMachine} from '../../../src/vic-machine/vic-machine-api.js'

/** A journal in memory; an entry's id is its place. */
export function memoryJournal(): Journal & {readonly entries: JournalEntry[]} {
  const entries: JournalEntry[] = []
  const history = (): JournalRecord[] =>
    entries
      .filter((entry) => entry.kind === 'intent')
      .map((intent) => {
        const result = entries.find((entry) => entry.of === intent.id)
        return result === undefined ? {intent} : {intent, result}
      })
  return {
    entries,
    file: 'journal.jsonl',
    append(entry: NewJournalEntry) {
      const id = String(entries.length)
      entries.push({schemaVersion: 1, at: '2026-01-01T00:00:00.000Z', id, ...entry})
      return Promise.resolve(id)
    },
    read: () => Promise.resolve({entries, problems: []}),
    history: () => Promise.resolve(history()),
    openIntents: () =>
      Promise.resolve(
        history()
          .filter(({result}) => result === undefined)
          .map(({intent}) => intent),
      ),
    linkedKeys: (keys) => Promise.resolve([...keys]),
    privateFolder: (id) => Promise.resolve(`/changes/${id}`),
  }
}

/** What a VCH shows from both sides. */
export interface FakeVch {
  /** Arguments as `inspect config` has them. */
  readonly stores: readonly string[]
  readonly online: readonly string[]
  /** The Docker API refuses. */
  readonly isDown?: boolean
  /** The Docker API answers this often, and then refuses. */
  readonly looksUntilDown?: number
  readonly vicVersion?: string
  /** How the change of each private folder ended; absent: it never started. */
  readonly ends?: Readonly<Record<string, Partial<ChangeEnd>>>
  /** How a change of each kind ends that is started now; absent: completed. */
  readonly startEnds?: Readonly<Record<string, Partial<ChangeEnd>>>
  /** Who has a connection to any server container; absent: an image without `share-check clients`. */
  readonly clients?: readonly string[]
  /** Other VCHs of the same vCenter by VM id: the arguments of their stores. */
  readonly others?: Readonly<Record<string, readonly string[]>>
}

function runOf(folder: string, end: Partial<ChangeEnd>): ChangeRun {
  const whole: ChangeEnd = {claim: 'completed', errorLines: [], twoSnapshots: false, offlineLabels: [], ...end}
  return {folder, pid: 1, wait: () => Promise.resolve(whole)}
}

function fakeProgram(fake: FakeVch): VicMachine {
  return {
    commandLine: ({kind}: {kind: string}) => `vic-machine ${kind}`,
    start: (change: {kind: string}, folder: string) =>
      Promise.resolve(runOf(folder, fake.startEnds?.[change.kind] ?? {})),
    inspectConfig: ({id}: {id?: string}) => {
      const stores = id === 'vm-1' ? fake.stores : fake.others?.[id ?? '']
      if (stores !== undefined) return Promise.resolve({stores: stores.map(parseStoreArgument), options: []})
      return Promise.reject(new VicnfsError('VN-VICMACHINE-VCH-UNKNOWN', `There is no ${id ?? 'VCH'}.`))
    },
  } as unknown as VicMachine
}

/** The consumer VCH vm-1 as services get it, with adapters that see what `fake` shows; nothing is contacted. */
export function fakeWorld(fake: FakeVch): {
  readonly adapters: Adapters
  readonly vch: ConsumerVch
  readonly journal: ReturnType<typeof memoryJournal>
} {
  const journal = memoryJournal()
  let looks = 0
  const info = () =>
    fake.isDown === true || (fake.looksUntilDown !== undefined && looks++ >= fake.looksUntilDown)
      ? Promise.reject(new VicnfsError('VN-VCH-UNREACHABLE', 'Nothing answers.'))
      : Promise.resolve({kind: 'vch', name: 'vch1', running: true, onlineStores: fake.online})
  const {clients} = fake
  const exec = () =>
    Promise.resolve({exitCode: clients === undefined ? 2 : 0, stdout: (clients ?? []).join('\n'), stderr: ''})
  const adapters = {
    consumer: {endpoint: 'tcp://vch1:2376', info, exec},
    journal,
    limits: {vchTimeoutMs: 50, stepTimeoutMs: 50, vicMachineTimeoutMs: 50, readyTimeoutMs: 50},
  } as unknown as Adapters
  const version = fake.vicVersion ?? '1.5.8'
  const findChange = (folder: string): Promise<ChangeRun | undefined> => {
    const end = fake.ends?.[folder]
    if (end === undefined) return Promise.resolve(undefined)
    return Promise.resolve(runOf(folder, end))
  }
  const vch = {
    presence: fake.isDown === true ? 'api-down' : 'up',
    name: 'vch1',
    id: 'vm-1',
    vcenter: 'vcenter.example.com',
    endpoint: 'tcp://vch1:2376',
    version,
    traits: traitsOf(version),
    access: {program: fakeProgram(fake), findChange},
    selector: {id: 'vm-1'},
    configuration: {stores: fake.stores.map(parseStoreArgument), options: []},
    keys: ['endpoint:tcp://vch1:2376', 'vm:vcenter.example.com/vm-1'],
  } as unknown as ConsumerVch
  return {adapters, vch, journal}
}

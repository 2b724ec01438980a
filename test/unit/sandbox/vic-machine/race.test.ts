import {describe, expect, it} from '@jest/globals'
import {comparable} from '../../../helpers/vic-machine-cases/comparable.js'
import {stateNamed} from '../../../helpers/vic-machine-cases/cases.js'
import {NO_RECORDINGS, readRecordings} from '../../../helpers/vic-machine-cases/recording.js'
import {outcomeOf, storesOf, type Outcome} from '../../../helpers/vic-machine-cases/replay-case.js'
import {startStandIn} from './call-stand-in.js'
import {fakeVm, fakeWorld, datacenter, storesFrom, type FakeWorld} from './fake-vcenter.js'

const RACE = 'lifecycle-race-both-exit-0'
const replay = NO_RECORDINGS === undefined ? it : it.skip

const configure = (store: string) => [
  ...['configure', '--name', 'vch1', '--compute-resource', 'DC0_C0'],
  ...['--volume-store', 'datastore1/volumes:default', '--volume-store', store, '--timeout', '30s'],
]

/** Two at once: `meet` holds whoever comes first to an operation until the other one is there, too. */
async function race(): Promise<[Outcome, Outcome]> {
  const vch = fakeVm()
  const worlds = [0, 1].map(() => fakeWorld([vch], [datacenter('DC0', 2)])) as [FakeWorld, FakeWorld]
  const gates = new Map<string, {readonly open: () => void; readonly both: Promise<void>}>()
  const meet = (operation: string): Promise<void> => {
    const waiting = gates.get(operation)
    if (waiting) waiting.open()
    else {
      let open = (): void => undefined
      const both = new Promise<void>((resolve) => (open = resolve))
      gates.set(operation, {open, both})
    }
    return gates.get(operation)?.both ?? Promise.resolve()
  }
  const met = [new Set<string>(), new Set<string>()]
  for (const [index, world] of worlds.entries()) {
    world.before = async (operation) => {
      // The flag is read by both before either sets it; both have a snapshot before either shuts down; and so on.
      if (!/^(?:setUpdateInProgress|shutdownGuest|reconfigure|powerOn)$/.test(operation)) return
      const seen = met[index] as Set<string>
      if (seen.has(operation)) return
      seen.add(operation)
      await meet(operation)
      if (index === 1) for (let turn = 0; turn < 5; turn++) await Promise.resolve()
    }
  }
  const calls = ['race1', 'race2'].map((label, index) =>
    startStandIn(worlds[index] as FakeWorld, configure(`nfs://192.0.2.10/exports/data${index + 1}:${label}`)),
  )
  const ends = await Promise.all(calls.map((call) => call.ended))
  return calls.map((call, index) => outcomeOf(call, worlds[index] as FakeWorld, ends[index]?.exitCode ?? -1)) as [
    Outcome,
    Outcome,
  ]
}

describe('two configures in the same moment', () => {
  it('both end with exit code 0, and one store is lost', async () => {
    const [first, second] = await race()
    expect([first.exit, second.exit]).toEqual([0, 0])
    expect(first.stdout).toContain('msg="Completed successfully"')
    expect(second.stdout).toContain('resolves to 2 snapshots')
    const {stores, holds: _, ...rest} = stateNamed('raced')
    expect(first.after).toEqual({...rest, stores: storesOf(storesFrom(...stores))})
  })

  replay('say what the recorded ones said', async () => {
    const recordings = readRecordings().filter(({name}) => name.startsWith(RACE))
    const outcomes = await race()
    expect(outcomes.map(({stdout}) => comparable(stdout))).toEqual(recordings.map(({stdout}) => comparable(stdout)))
    expect(outcomes.map(({exit}) => exit)).toEqual(recordings.map(({exit}) => exit))
    expect(outcomes[0].after).toEqual(recordings[0]?.after)
  })
})

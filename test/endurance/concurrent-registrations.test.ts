import {readdir} from 'node:fs/promises'
import path from 'node:path'

import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import type {JournalEntry} from '../../src/journal/entry.js'
import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import type {ControlClient} from '../../src/sandbox/vcenter/control-api.js'
import {heldVicMachine, VCH_IS_OFF, type HeldVicMachine} from '../helpers/held-vic-machine.js'
import {journalEntries, stretches} from '../helpers/journal-sights.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {bootCount, changeKinds} from '../helpers/sandbox-sights.js'
import {watchCli} from '../helpers/watched-cli.js'

let bench: SandboxBench
let vch: SandboxHandle
let env: Environment
let control: ControlClient
let vicMachine: HeldVicMachine

function expose(volume: string, label: string): string[] {
  const share = ['expose-volume', volume, '--create', '--network', 'storage-net']
  return [...share, '--register', label, '--allow-self-hosted', '--yes']
}

const locks = async (): Promise<string[]> => {
  const names = await readdir(path.join(bench.directory, 'locks'))
  return names.filter((name) => name.endsWith('.lock'))
}

beforeAll(async () => {
  bench = await openSandboxBench()
  vch = await bench.start('one')
  vicMachine = await heldVicMachine(vch, bench.directory)
  env = {...bench.environment(vch), VICNFS_VIC_MACHINE: vicMachine.program}
  control = await bench.control(vch)
})
afterAll(() => {
  vicMachine.letGo()
  return bench.close()
})

describe('one change at a time', () => {
  it('two registrations at once on one VCH both end well, one after the other', async () => {
    await vicMachine.arm(VCH_IS_OFF)
    const both = [watchCli(expose('vol-a', 'store-a'), env), watchCli(expose('vol-b', 'store-b'), env)]
    // Whichever was the first does not end before the other one has met it.
    await vicMachine.held()
    await Promise.any(both.map((cli) => cli.until(/waiting for `vicnfs expose-volume/)))
    vicMachine.letGo()
    const [first, second] = await Promise.all(both.map(({finished}) => finished))
    expect([first?.exitCode, second?.exitCode]).toEqual([0, 0])
    expect(`${first?.stderr}${second?.stderr}`.match(/waiting for `vicnfs expose-volume/g)).toHaveLength(1)
    const order = stretches(await journalEntries(bench.directory))
    expect(order.sort()).toEqual(['vicnfs expose-volume vol-a', 'vicnfs expose-volume vol-b'])
    const status = await control.status()
    expect(status.stores.map((store) => store.label).sort()).toEqual(['default', 'store-a', 'store-b'])
    expect(status).toMatchObject({updateInProgress: false, power: 'on', snapshots: [expect.any(String)]})
    expect(await bootCount(vch)).toBe(3)
    expect(await changeKinds(bench.directory)).toEqual(['configure', 'configure'])
    expect(await locks()).toEqual([])
    for (const label of ['store-a', 'store-b']) {
      expect(await bench.run(['verify', label], env)).toMatchObject({exitCode: 0})
    }
  })
})

describe('commands that took turns', () => {
  it('would be seen', () => {
    const by = (command: string): JournalEntry => ({command}) as JournalEntry
    expect(stretches(['a', 'a', 'b', 'b'].map(by))).toEqual(['a', 'b'])
    expect(stretches(['a', 'b', 'a', 'b'].map(by))).toEqual(['a', 'b', 'a', 'b'])
  })
})

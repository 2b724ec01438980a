import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'

import type {ControlClient} from '../../src/sandbox/vcenter/control-api.js'
import {CHANGE_BEGINS, heldVicMachine, type HeldVicMachine} from '../helpers/held-vic-machine.js'
import {journalEntries, stretches} from '../helpers/journal-sights.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {changeKinds} from '../helpers/sandbox-sights.js'
import {watchCli, type WatchedEnd} from '../helpers/watched-cli.js'

const register = (letter: string): string[] => ['register-store', `store-${letter}`, '--share', `vol-${letter}`]

let bench: SandboxBench
let env: Environment
let consumer: ControlClient
let server: ControlClient
let vicMachine: HeldVicMachine

/** Two commands typed in the same moment; returns how they ended, and who was at work, in order. */
async function atOnce(
  first: readonly string[],
  second: readonly string[],
): Promise<{readonly ends: readonly [WatchedEnd, WatchedEnd]; readonly order: readonly string[]}> {
  const before = (await journalEntries(bench.directory)).length
  await vicMachine.arm(CHANGE_BEGINS)
  const [one, other] = [watchCli([...first, '--yes'], env), watchCli([...second, '--yes'], env)]
  // Whichever was the first does not end before the other one has met it.
  await vicMachine.held()
  await Promise.any([one, other].map((cli) => cli.until(/waiting for `vicnfs/)))
  vicMachine.letGo()
  const ends = await Promise.all([one.finished, other.finished])
  return {ends, order: stretches((await journalEntries(bench.directory)).slice(before))}
}

const commandOf = (argv: readonly string[]): string => {
  const words = argv.slice(0, argv.includes('--share') ? argv.indexOf('--share') : undefined)
  return ['vicnfs', ...words].join(' ')
}

async function expectRunning(labels: readonly string[]): Promise<void> {
  const {stores, ...status} = await consumer.status()
  expect(stores.map(({label}) => label).sort()).toEqual(['default', ...labels])
  expect(status).toMatchObject({power: 'on', updateInProgress: false})
}

const servers = async (): Promise<string[]> => (await server.status()).containers.map(({name}) => name).sort()

beforeEach(async () => {
  bench = await openSandboxBench()
  const [serverVch, consumerVch] = await Promise.all([bench.start('server'), bench.start('consumer')])
  vicMachine = await heldVicMachine(consumerVch, bench.directory)
  env = {...bench.environment(serverVch, consumerVch), VICNFS_VIC_MACHINE: vicMachine.program}
  ;[server, consumer] = await Promise.all([bench.control(serverVch), bench.control(consumerVch)])
  for (const letter of ['a', 'b']) {
    expect(await bench.run(['expose-volume', `vol-${letter}`, '--create'], env)).toMatchObject({exitCode: 0})
  }
})
afterEach(() => {
  vicMachine.letGo()
  return bench.close()
})

describe('two operators at once on one VCH', () => {
  it('one takes a share down, the other registers: neither disturbs the other', async () => {
    expect(await bench.run([...register('a'), '--yes'], env)).toMatchObject({exitCode: 0})
    const {ends, order} = await atOnce(['teardown', 'vol-a'], register('b'))
    const [down, registered] = ends
    expect(registered).toMatchObject({exitCode: 0})
    if (down.exitCode === 0) {
      expect(order).toEqual(['vicnfs teardown vol-a', commandOf(register('b'))])
      await expectRunning(['store-b'])
      expect(await servers()).toEqual(['vicnfs-vol-b'])
      return
    }
    expect(down).toMatchObject({exitCode: 3, stderr: expect.stringContaining('VN-NOT-REMOVABLE')})
    expect(order).toEqual([commandOf(register('b'))])
    await expectRunning(['store-a', 'store-b'])
    expect(await servers()).toEqual(['vicnfs-vol-a', 'vicnfs-vol-b'])
  })

  it('one rolls back, the other registers: the new registration is never the one that is rolled back', async () => {
    expect(await bench.run([...register('a'), '--yes'], env)).toMatchObject({exitCode: 0})
    const {ends, order} = await atOnce(['rollback'], register('b'))
    const [back, registered] = ends
    expect(registered).toMatchObject({exitCode: 0})
    if (back.exitCode === 0) {
      expect(order).toEqual(['vicnfs rollback', commandOf(register('b'))])
      await expectRunning(['store-b'])
      return
    }
    expect(back).toMatchObject({exitCode: 3, stderr: expect.stringContaining('store-b was registered while')})
    expect(order).toEqual([commandOf(register('b'))])
    await expectRunning(['store-a', 'store-b'])
    expect(await changeKinds(bench.directory)).toEqual(['configure', 'configure'])
  })
})

import {describe, expect, it} from '@jest/globals'
import type {VCenter} from '../../../../src/sandbox/vcenter/vcenter-api.js'
import {callStandIn, messages} from './call-stand-in.js'
import {fakeVm, fakeWorld, storesFrom} from './fake-vcenter.js'

const DEFAULT = 'datastore1/volumes:default'
const configure = (...stores: readonly string[]) => [
  'configure',
  '--name',
  'vch1',
  ...stores.flatMap((store) => ['--volume-store', store]),
]

describe('configure of the stand-in', () => {
  it('works in the order of vic-machine', async () => {
    const vm = fakeVm({snapshots: [{id: 'snapshot-1', name: 'reconfigure for 10000', guestInfo: {stores: []}}]})
    const world = fakeWorld([vm])
    const calls: string[] = []
    world.before = (operation) => void calls.push(operation)
    await callStandIn(world, configure(DEFAULT, 'nfs://192.0.2.10/x:nfs1'))
    expect(calls.filter((call) => !['about', 'login', 'inventory', 'listVms', 'guestReport'].includes(call))).toEqual([
      'readVch',
      'setUpdateInProgress',
      'listSnapshots',
      'createSnapshot',
      'shutdownGuest',
      'reconfigure',
      'powerOn',
      'deleteSnapshot',
      'setUpdateInProgress',
    ])
    expect(vm.snapshots).toHaveLength(1)
    expect(vm.snapshots[0]?.id).not.toBe('snapshot-1')
  })

  it('lets two pass the flag at once: one store is lost, and both end with exit code 0', async () => {
    const vm = fakeVm()
    const world = fakeWorld([vm])
    let waiting: (() => void)[] = []
    // Both have read the flag before either sets it: the flag is read and set in two calls.
    world.before = (operation: keyof VCenter) => {
      if (operation !== 'setUpdateInProgress' || waiting.length >= 2) return undefined
      return new Promise<void>((resolve) => {
        waiting.push(resolve)
        if (waiting.length === 2) for (const go of waiting) go()
      })
    }
    const ends = await Promise.all(
      ['race1', 'race2'].map((label) => callStandIn(world, configure(DEFAULT, `nfs://192.0.2.10/${label}:${label}`))),
    )
    waiting = []
    expect(ends.map(({exitCode}) => exitCode)).toEqual([0, 0])
    expect(vm.guestInfo.stores).toHaveLength(2)
    expect(vm.guestInfo.updateInProgress).toBe(false)
  })

  it('lets two started together pass the flag, by the time between reading and setting it', async () => {
    const vm = {...fakeVm(), configureGapMs: 50}
    const world = fakeWorld([vm])
    const ends = await Promise.all(
      ['race1', 'race2'].map((label) => callStandIn(world, configure(DEFAULT, `nfs://192.0.2.10/${label}:${label}`))),
    )
    expect(ends.map(({exitCode}) => exitCode)).toEqual([0, 0])
    expect(vm.guestInfo.stores.map(({label}) => label)).toEqual(['default', expect.stringMatching(/^race[12]$/)])
  })

  it('says that a label with a blank is offline: the list of online ones is split at blanks', async () => {
    const vm = fakeVm()
    const world = fakeWorld([vm])
    world.info = () => ({kind: 'ok', onlineStores: 'default two words'.split(' '), running: true})
    const result = await callStandIn(world, configure(DEFAULT, 'nfs://192.0.2.10/x:two words'))
    expect(messages(result.stdout).slice(-3)).toEqual([
      'error: VolumeStore (two words) cannot be brought online - check network, nfs server, and --volume-store configurations',
      'error: Not all configured volume stores are online - check port layer log via vicadmin',
      'info: Completed successfully',
    ])
  })

  it('waits while the port layer does not run', async () => {
    const world = fakeWorld([fakeVm()])
    let asked = 0
    world.info = () => ({kind: 'ok', running: ++asked > 2})
    expect((await callStandIn(world, configure(DEFAULT))).exitCode).toBe(0)
    expect(asked).toBe(3)
  })

  it('refuses options that the sandbox does not carry out, before anything is asked', async () => {
    const world = fakeWorld([fakeVm()])
    const result = await callStandIn(world, [...configure(), '--memory', '512', '--dns-server', '192.0.2.53'])
    expect(result.exitCode).toBe(1)
    expect(result.stdout).toContain('the vicnfs sandbox does not emulate --memory, --dns-server')
    expect(world.events).toEqual([])
  })

  it('refuses a VCH that is older than itself', async () => {
    const result = await callStandIn(fakeWorld([fakeVm({version: 'v1.4.3-10000-fa9732d'})]), configure(DEFAULT))
    expect(result.stdout).toContain('Cannot configure VCH with version v1.4.3-10000-fa9732d, please upgrade first')
    expect(result.exitCode).toBe(1)
  })

  it('rolls nothing back where two snapshots have the same name', async () => {
    const guestInfo = {stores: storesFrom(DEFAULT)}
    const snapshots = [1, 2].map((n) => ({id: `snapshot-${n}`, name: 'reconfigure for 10000', guestInfo}))
    const world = fakeWorld([fakeVm({snapshots, stores: storesFrom(DEFAULT, 'nfs://h/x:n')})])
    const result = await callStandIn(world, [...configure(), '--rollback'])
    expect(result.exitCode).toBe(0)
    expect(messages(result.stdout).slice(-3)).toEqual([
      'info: Attempting rollback of VCH',
      'info: Reverting to snapshot reconfigure for 10000',
      'info: Collecting dbed6e0c-bd88-4ef6-b594-21283e1c677f vpxd.log',
    ])
    expect(world.events).toEqual([])
  })

  it('changes the order of the stores in inspect config from run to run', async () => {
    const stores = storesFrom(DEFAULT, 'nfs://h/1:n1', 'nfs://h/2:n2')
    const raw = async (random: () => number) =>
      (
        await callStandIn(fakeWorld([fakeVm({stores})]), ['inspect', 'config', '--format', 'raw', '--name', 'vch1'], {
          random,
        })
      ).stdout
    let up = 0
    let down = 0
    expect(await raw(() => (up += 0.1))).not.toBe(await raw(() => (down -= 0.1)))
  })
})

import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'
import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import {callVicMachine, onlineStores, sandboxesForTest, vicMachine, withControl} from '../helpers/stand-in-world.js'

const sandboxes = sandboxesForTest()
const DEFAULT = 'datastore1/volumes:default'
const MORE = 'Shared Store (2)/more:more'
/** Nothing listens at that address. */
const DEAD = 'nfs://127.0.0.1/nowhere:dead'
/** A configure that cannot come to an end is given up soon. */
const SOON = ['--timeout', '5s']

const configure = (sandbox: SandboxHandle, stores: readonly string[], ...more: string[]) =>
  vicMachine(
    sandbox,
    'configure',
    '--name',
    sandbox.name,
    ...stores.flatMap((store) => ['--volume-store', store]),
    ...more,
  )
const stateOf = (sandbox: SandboxHandle) =>
  withControl(sandbox, async (control) => {
    const {stores, updateInProgress, snapshots, power} = await control.status()
    return {labels: stores.map(({label}) => label), updateInProgress, snapshots: snapshots.length, power}
  })

afterAll(() => sandboxes.end())

describe('vic-machine of a sandbox, VIC 1.5.8', () => {
  let sandbox: SandboxHandle
  beforeAll(async () => void (sandbox = await sandboxes.start({name: 'vch158'})))

  it('says how the Docker API is reached, and what the VCH is made of', async () => {
    const inspected = await vicMachine(sandbox, 'inspect', '--name', 'vch158')
    expect(inspected).toMatchObject({exitCode: 0, stderr: ''})
    expect(inspected.stdout).toContain(`msg="DOCKER_HOST=unix://${sandbox.socketPath}"`)
    expect(inspected.stdout).toContain(`msg="VCH ID: ${sandbox.vmId}"`)
    const raw = await vicMachine(sandbox, 'inspect', 'config', '--format', 'raw', '--name', 'vch158')
    expect(raw.stdout).toMatch(
      /^--target=https:\/\/vcenter-[0-9a-f]{8}\.sbx\.invalid .*--container-network=pg-storage-net:storage-net/,
    )
    expect(raw.stdout).toContain(' --volume-store=ds://datastore1/volumes:default ')
  })

  it('adds a store by a power-cycle, and takes it back by a rollback', async () => {
    const added = await configure(sandbox, [DEFAULT, MORE])
    expect(added).toMatchObject({exitCode: 0, stderr: ''})
    expect(added.stdout).toContain('msg="Completed successfully"')
    expect(await onlineStores(sandbox)).toEqual(['default', 'more'])
    expect(await stateOf(sandbox)).toEqual({
      labels: ['default', 'more'],
      updateInProgress: false,
      snapshots: 1,
      power: 'on',
    })
    const back = await configure(sandbox, [], '--rollback')
    expect(back.stdout).toContain('msg="Completed successfully"')
    expect(await onlineStores(sandbox)).toEqual(['default'])
    expect(await stateOf(sandbox)).toMatchObject({labels: ['default'], snapshots: 0})
  })

  it('is left half-done by a time-out, and gets back by reset and rollback when it was the first configure', async () => {
    const late = await configure(sandbox, [DEFAULT, DEAD], ...SOON)
    expect(late.exitCode).toBe(1)
    expect(late.stdout).toContain('Configure timed out: use --timeout to add more time')
    expect(await stateOf(sandbox)).toEqual({
      labels: ['default', 'dead'],
      updateInProgress: true,
      snapshots: 1,
      power: 'on',
    })
    await expect(onlineStores(sandbox)).rejects.toMatchObject({code: expect.stringMatching(/ENOENT|ECONNREFUSED/)})
    expect((await configure(sandbox, [], '--rollback')).stdout).toContain(
      'another upgrade/configure operation is in progress',
    )
    expect((await configure(sandbox, [], '--reset-progress')).stdout).toContain(
      'Reset UpdateInProgress flag successfully',
    )
    expect((await configure(sandbox, [], '--rollback')).exitCode).toBe(0)
    expect(await onlineStores(sandbox)).toEqual(['default'])
    expect(await stateOf(sandbox)).toEqual({labels: ['default'], updateInProgress: false, snapshots: 0, power: 'on'})
  })

  it('cannot roll back by name when an earlier configure left a snapshot; the newest one in vSphere gets it back', async () => {
    expect((await configure(sandbox, [DEFAULT, MORE])).exitCode).toBe(0)
    expect((await configure(sandbox, [DEFAULT, MORE, DEAD], ...SOON)).exitCode).toBe(1)
    expect(await stateOf(sandbox)).toMatchObject({
      labels: ['default', 'more', 'dead'],
      updateInProgress: true,
      snapshots: 2,
    })
    await configure(sandbox, [], '--reset-progress')
    const refused = await configure(sandbox, [], '--rollback')
    expect(refused.exitCode).toBe(0)
    expect(refused.stdout).not.toContain('Completed successfully')
    expect(await stateOf(sandbox)).toMatchObject({
      labels: ['default', 'more', 'dead'],
      updateInProgress: false,
      snapshots: 2,
    })
    await withControl(sandbox, (control) => control.revertNewestSnapshot())
    await configure(sandbox, [], '--reset-progress')
    expect(await stateOf(sandbox)).toMatchObject({labels: ['default', 'more'], updateInProgress: false})
  })
})

describe('failures that are no time-out', () => {
  it('reverts a failed first configure by itself, and ends with exit code 0', async () => {
    const sandbox = await sandboxes.start({name: 'faulty'})
    await withControl(sandbox, (control) => control.injectFault('powerOn', 'InvalidPowerState', 1))
    const failed = await configure(sandbox, [DEFAULT, MORE])
    expect(failed.exitCode).toBe(0)
    expect(failed.stdout).toContain('msg="Failed to configure: *types.InvalidPowerState"')
    expect(failed.stdout).toContain('msg="Appliance is rolled back to previous version"')
    expect(failed.stdout).not.toContain('Completed successfully')
    expect(await stateOf(sandbox)).toEqual({labels: ['default'], updateInProgress: false, snapshots: 0, power: 'on'})
  })

  it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
    'dies at once by %s and leaves everything as it is',
    async (signal) => {
      const sandbox = await sandboxes.start({name: `by-${signal.toLowerCase()}`})
      const call = callVicMachine(sandbox, [
        'configure',
        '--name',
        sandbox.name,
        '--volume-store',
        DEFAULT,
        '--volume-store',
        DEAD,
      ])
      await call.said('Waiting for major appliance components')
      call.child.kill(signal)
      expect(await call.ended).toMatchObject({exitCode: null, signal})
      expect(await stateOf(sandbox)).toEqual({
        labels: ['default', 'dead'],
        updateInProgress: true,
        snapshots: 1,
        power: 'on',
      })
    },
  )
})

describe('vic-machine of a sandbox, VIC 1.4.3', () => {
  it('leaves a dead store out, says so, and completes', async () => {
    const sandbox = await sandboxes.start({name: 'vch143', vicVersion: '1.4.3'})
    const added = await configure(sandbox, [DEFAULT, DEAD])
    expect(added.exitCode).toBe(0)
    expect(added.stdout).toContain('VolumeStore (dead) cannot be brought online')
    expect(added.stdout).toContain('msg="Completed successfully"')
    expect(await onlineStores(sandbox)).toEqual(['default'])
    expect((await vicMachine(sandbox, 'version')).stdout).toBe('vic-machine-linux version v1.4.3-10000-fa9732d\n')
  })
})

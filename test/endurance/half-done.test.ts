import path from 'node:path'

import {afterEach, describe, expect, it} from '@jest/globals'

import {
  openHalfDoneWorld,
  printedCommands,
  REGISTER,
  REGISTER_SOON,
  type HalfDoneWorld,
} from '../helpers/half-done-world.js'
import {changeKinds} from '../helpers/sandbox-sights.js'
import {untilAnswers} from '../helpers/stand-in-world.js'

let world: HalfDoneWorld

afterEach(() => world.bench.close())

/** Registered and online, and the mark cleared. */
async function expectRegistered(): Promise<void> {
  expect(await world.stores()).toEqual(['default', 'nfs-store'])
  expect(await world.control.status()).toMatchObject({power: 'on', updateInProgress: false})
}

async function expectAsBefore(): Promise<void> {
  expect(await world.stores()).toEqual(['default'])
  expect(await world.control.status()).toMatchObject({power: 'on', updateInProgress: false})
}

async function printedRun(command: string | undefined): Promise<number> {
  const {exitCode, output} = await world.runPrinted(command ?? 'false')
  expect(output).not.toContain('VN-BUG')
  return exitCode
}

describe('the server dies during configure, VIC 1.5.8', () => {
  it('a freshly made VCH is brought back: exit 6, as before, and the record goes as soon as it can', async () => {
    world = await openHalfDoneWorld()
    const end = await world.whileServerDies(REGISTER_SOON)
    expect(end.exitCode).toBe(6)
    expect(end.stderr).toContain('VN-ROLLED-BACK')
    await expectAsBefore()
    expect((await world.control.status()).snapshots).toEqual([])
    expect(await changeKinds(world.bench.directory)).toEqual(['configure', 'reset-progress', 'rollback'])
    expect(await world.serverPower()).toBe('exited')
    expect(await world.onVolume()).toContain('.vicnfs')

    expect(await world.run(['expose-volume', 'nfs-vol'])).toMatchObject({exitCode: 0})
    expect(await world.whileServerDies([...REGISTER_SOON, '--no-rollback'])).toMatchObject({exitCode: 8})
    expect(await world.stores()).toEqual(['default', 'nfs-store'])
    // A later run rolls back only once the operator gives the word.
    expect(await world.run([...REGISTER, '--reset-progress'])).toMatchObject({exitCode: 6})
    await expectAsBefore()

    expect(await world.run(['expose-volume', 'nfs-vol'])).toMatchObject({exitCode: 0})
    expect(await world.run(['teardown', 'nfs-vol'])).toMatchObject({exitCode: 0})
    expect(await world.onVolume()).toEqual(['volumes', 'volumes_metadata'])
  })

  it('a VCH configured before stays half-done: exit 8, server kept, way out (a) works as printed', async () => {
    world = await openHalfDoneWorld()
    await world.configureByHand()
    const end = await world.whileServerDies(REGISTER_SOON)
    expect(end.exitCode).toBe(8)
    expect(end.stderr).toContain('VN-HALF-DONE')
    expect((await world.control.status()).snapshots).toHaveLength(2)
    expect(await world.serverPower()).toBe('exited')

    const before = await changeKinds(world.bench.directory)
    const again = await world.run(REGISTER)
    expect(again.exitCode).toBe(8)
    expect(printedCommands(again.stderr)).toEqual(printedCommands(end.stderr))
    expect(await changeKinds(world.bench.directory)).toEqual(before)

    const elsewhere = await world.run(REGISTER, {VICNFS_STATE_DIR: path.join(world.bench.directory, 'another-machine')})
    expect(elsewhere.exitCode).toBe(8)
    expect(elsewhere.stderr).toContain('VN-VCH-DOWN')

    const [start, register] = printedCommands(end.stderr)
    expect(await printedRun(start)).toBe(0)
    expect(await printedRun(register)).toBe(0)
    await expectRegistered()
    expect(await world.run(['verify', 'nfs-store'])).toMatchObject({exitCode: 0})
  })

  it('way out (b): the newest snapshot in vSphere, then the printed commands', async () => {
    world = await openHalfDoneWorld()
    await world.configureByHand()
    const end = await world.whileServerDies(REGISTER_SOON)
    expect(end.exitCode).toBe(8)
    await world.control.revertNewestSnapshot()
    await untilAnswers(world.consumer)
    const [start, , register, teardown] = printedCommands(end.stderr)
    expect(await printedRun(teardown)).toBe(0)
    await expectAsBefore()
    expect(await world.serverPower()).toBeUndefined()
    expect(await world.onVolume()).toContain('volumes')
    expect(await printedRun(start)).toBe(0)
    expect(await printedRun(register)).toBe(0)
    await expectRegistered()
  })

  it('the control: a server that lives is registered, also after a time-out of vic-machine', async () => {
    world = await openHalfDoneWorld({knobs: {bootDelayMs: 12_000}})
    const end = await world.run([...REGISTER_SOON.slice(0, -2), '--vch-timeout', '60s'])
    expect(end).toMatchObject({exitCode: 0})
    expect(end.stderr).toContain('timed-out')
    await expectRegistered()
  })
})

describe('the server dies during configure, VIC 1.4.3', () => {
  it('vic-machine says completed, the store is offline: exit 8, and the way out works as printed', async () => {
    world = await openHalfDoneWorld({vicVersion: '1.4.3'})
    const end = await world.whileServerDies(REGISTER)
    expect(end.exitCode).toBe(8)
    expect(end.stderr).toContain('VN-STORE-NOT-ONLINE')
    expect(end.stderr).toContain('Completed successfully')
    expect(await world.serverPower()).toBe('exited')
    expect(await world.run(REGISTER)).toMatchObject({exitCode: 8})
    const [start, register] = printedCommands(end.stderr)
    expect(await printedRun(start)).toBe(0)

    const elsewhere = await world.run(REGISTER, {VICNFS_STATE_DIR: path.join(world.bench.directory, 'another-machine')})
    expect(elsewhere.exitCode).toBe(8)
    expect(elsewhere.stderr).toContain('VN-STORE-NOT-ONLINE')
    expect(await changeKinds(world.bench.directory)).toEqual(['configure'])

    await world.control.vchPowerOff()
    await world.control.vchPowerOn()
    await untilAnswers(world.consumer)
    expect(await printedRun(register)).toBe(0)
    await expectRegistered()
  })

  it('a server made anew for a store that the VCH lists is kept, also when the store is not online (S4)', async () => {
    world = await openHalfDoneWorld({vicVersion: '1.4.3'})
    expect(await world.run(REGISTER)).toMatchObject({exitCode: 0})
    const [server] = (await world.serverControl.status()).containers
    await world.serverControl.container(server?.id ?? '', 'destroy')
    await world.control.vchPowerOff()
    await world.control.vchPowerOn()
    await untilAnswers(world.consumer)
    const anew = ['expose-volume', 'nfs-vol', '--ip', server?.address ?? '', '--register', 'nfs-store', '--yes']
    const end = await world.run(anew)
    expect(end).toMatchObject({exitCode: 8, stderr: expect.stringContaining('VN-STORE-NOT-ONLINE')})
    expect(await world.serverPower()).toBe('running')
  })
})

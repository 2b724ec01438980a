import {writeFile} from 'node:fs/promises'
import path from 'node:path'

import {afterEach, describe, expect, it} from '@jest/globals'

import {VCH_BOOTS, VCH_IS_OFF} from '../helpers/held-vic-machine.js'
import {openHalfDoneWorld, printedCommands, REGISTER, type HalfDoneWorld} from '../helpers/half-done-world.js'
import {bootCount, changeKinds, readState, untilStatus} from '../helpers/sandbox-sights.js'
import {untilAnswers} from '../helpers/stand-in-world.js'
import type {WatchedEnd} from '../helpers/watched-cli.js'

/** Time to see also on a busy machine that the VCH is off, which says what the way out is. */
const PATIENT = [...REGISTER.slice(0, -2), '--vch-timeout', '60s']

let world: HalfDoneWorld

afterEach(() => world.bench.close())

/** Starts a registration, and kills vic-machine right after it has said these words. */
async function killedAt(words: RegExp, argv = REGISTER): Promise<WatchedEnd> {
  await world.vicMachine.arm(words)
  const cli = world.watch(argv)
  const pid = await world.vicMachine.held()
  await cli.until(/vic-machine runs as pid \d+/)
  process.kill(pid, 'SIGKILL')
  return cli.finished
}

async function expectAsBefore(): Promise<void> {
  expect(await world.stores()).toEqual(['default'])
  expect(await world.control.status()).toMatchObject({power: 'on', updateInProgress: false})
}

async function expectRegistered(): Promise<void> {
  expect(await world.stores()).toEqual(['default', 'nfs-store'])
  expect(await world.control.status()).toMatchObject({power: 'on', updateInProgress: false})
}

/** A vic-machine that runs `instead` where it is to add a store, and is the stand-in in everything else. */
async function lyingVicMachine(instead: string): Promise<Record<string, string>> {
  const file = path.join(world.bench.directory, 'vic-machine-lying')
  const real = world.consumer.vicMachinePath
  const line = (text: string) => `echo 'time="2026-01-01T00:00:00Z" level=info msg="${text}" '`
  const script = `#!/bin/sh
case " $* " in
*" configure "*" --volume-store "*)
  ${line('### Configuring VCH ####')}
  ${instead.replaceAll('REAL', `'${real}'`)}
  ${line('Completed successfully')}
  exit 0;;
esac
exec '${real}' "$@"
`
  await writeFile(file, script, {mode: 0o755})
  return {VICNFS_VIC_MACHINE: file}
}

describe('vic-machine killed by somebody else', () => {
  it('once the VCH is shut down, freshly made: rolled back and powered on again, exit 6', async () => {
    world = await openHalfDoneWorld()
    expect(await killedAt(VCH_IS_OFF)).toMatchObject({exitCode: 6})
    await expectAsBefore()
    expect(await world.run(REGISTER)).toMatchObject({exitCode: 0})
    await expectRegistered()
  })

  it('the same on a VCH configured before: exit 8; powered on, the printed command registers', async () => {
    world = await openHalfDoneWorld()
    await world.configureByHand()
    const end = await killedAt(VCH_IS_OFF, PATIENT)
    expect(end.exitCode).toBe(8)
    expect(end.stderr).toMatch(/power the endpoint VM vm-\d+ of "consumer" on/)
    expect(await world.serverPower()).toBe('running')
    expect((await world.control.status()).power).toBe('off')
    const later = await world.run(REGISTER)
    expect(later.exitCode).toBe(8)
    const elsewhere = await world.run(REGISTER, {VICNFS_STATE_DIR: path.join(world.bench.directory, 'another-machine')})
    expect(elsewhere).toMatchObject({exitCode: 8, stderr: expect.stringContaining('VN-VCH-DOWN')})
    await world.control.vchPowerOn()
    await untilAnswers(world.consumer)
    const {exitCode} = await world.runPrinted(printedCommands(end.stderr)[0] ?? 'false')
    expect(exitCode).toBe(0)
    await expectRegistered()
  })

  it('after the VCH was powered on: it comes up with the store, the mark is cleared, exit 0', async () => {
    world = await openHalfDoneWorld()
    expect(await killedAt(VCH_BOOTS, PATIENT)).toMatchObject({exitCode: 0})
    await expectRegistered()
  })
})

describe('vic-machine that is not to be believed', () => {
  it('says completed, and nothing was done: exit 6, never success, and no rollback', async () => {
    world = await openHalfDoneWorld()
    const end = await world.run(REGISTER, await lyingVicMachine(''))
    expect(end).toMatchObject({exitCode: 6})
    expect(end.stderr).toContain('vic-machine claims success, but the new store is not there')
    await expectAsBefore()
    expect(await changeKinds(world.bench.directory)).toEqual(['configure'])
    expect(await world.onVolume()).not.toContain('.vicnfs')
  })

  it("says completed, and somebody else's store is there instead: exit 8, and theirs is not rolled back", async () => {
    world = await openHalfDoneWorld()
    const theirs = `REAL configure --name consumer --volume-store datastore1/volumes:default --volume-store datastore1/theirs:theirs >/dev/null`
    const end = await world.run(REGISTER, await lyingVicMachine(theirs))
    expect(end.exitCode).toBe(8)
    expect(end.stderr).toContain('somebody else configures this VCH')
    expect(await world.stores()).toEqual(['default', 'theirs'])
    expect(await changeKinds(world.bench.directory)).toEqual(['configure'])
    const [again] = printedCommands(end.stderr)
    expect(await world.runPrinted(again ?? 'false')).toMatchObject({exitCode: 0})
    expect(await world.stores()).toEqual(['default', 'nfs-store', 'theirs'])
  })

  it('ends with exit 0 after a failure: exit 6 where it rolled back itself, else exit 8 with a way out that works', async () => {
    world = await openHalfDoneWorld()
    await world.control.injectFault('reconfigure', 'InvalidState', 1)
    const reverted = await world.run(REGISTER)
    expect(reverted).toMatchObject({exitCode: 6})
    expect(reverted.stderr).toContain('vic-machine says: rolled-back')
    await expectAsBefore()
    expect(await bootCount(world.consumer)).toBe(2)

    await world.configureByHand()
    await world.control.injectFault('reconfigure', 'InvalidState', 1)
    const stuck = await world.run(PATIENT)
    expect(stuck.exitCode).toBe(8)
    expect(stuck.stderr).toContain('vic-machine says: failed')
    expect(await world.serverPower()).toBe('running')
    await world.control.vchPowerOn()
    await untilAnswers(world.consumer)
    const [again = 'false'] = printedCommands(stuck.stderr)
    expect(again).toContain('vicnfs register-store nfs-store')
    expect(await world.runPrinted(again)).toMatchObject({exitCode: 0})
    await expectRegistered()
  })
})

describe('a rollback that gets stuck', () => {
  it('keeps the server, is not tried again, and ends once the VCH is powered on', async () => {
    world = await openHalfDoneWorld()
    expect(await world.run(REGISTER)).toMatchObject({exitCode: 0})
    await world.control.injectFault('powerOn', 'InvalidState', 1)
    const teardown = ['teardown', 'nfs-vol', '--yes', '--vch-timeout', '2s']
    expect(await world.run(teardown)).toMatchObject({exitCode: 8})
    expect(await world.serverPower()).toBe('running')
    expect((await world.control.status()).power).toBe('off')
    const kinds = await changeKinds(world.bench.directory)
    const later = await world.run([...teardown, '--reset-progress'])
    expect(later).toMatchObject({exitCode: 8, stderr: expect.stringContaining('half-way through a rollback')})
    expect(await changeKinds(world.bench.directory)).toEqual([...kinds, 'reset-progress'])
    await world.control.vchPowerOn()
    await untilAnswers(world.consumer)
    expect(await world.run(teardown.slice(0, -2))).toMatchObject({exitCode: 0})
    await expectAsBefore()
    expect(await world.serverPower()).toBeUndefined()
    expect(await world.onVolume()).toEqual(['volumes', 'volumes_metadata'])
  })
})

describe('the sandbox itself is killed', () => {
  it('on either side: a clear error, never success; started again, the same command converges', async () => {
    world = await openHalfDoneWorld()
    await world.serverControl.setKnobs({containerStartDelayMs: 3000})
    const expose = ['expose-volume', 'second', '--create']
    const making = world.watch(expose, {holdAt: /POST \S+\/containers\/\w+\/start/})
    await making.held()
    process.kill((await world.serverControl.status()).pid, 'SIGKILL')
    making.letGo()
    const made = await making.finished
    expect(made).toMatchObject({exitCode: 1, stderr: expect.stringMatching(/VN-VCH-[A-Z-]+/)})
    expect(made.stderr).not.toContain('VN-BUG')
    await world.bench.start('server')
    expect(await world.run(expose)).toMatchObject({exitCode: 0})

    // It shuts down for as long as it takes to be killed.
    await world.control.setKnobs({guestShutdownMs: 60_000})
    const {pid} = await world.control.status()
    const registering = world.watch(REGISTER)
    await untilStatus(world.control, ({snapshots}) => snapshots.length === 1)
    process.kill(pid, 'SIGKILL')
    const end = await registering.finished
    expect(end.exitCode).toBe(8)
    expect(end.stderr).not.toContain('VN-BUG')
    await (await world.bench.control(await world.bench.start('consumer'))).setKnobs({guestShutdownMs: 20})
    expect(await world.run([...REGISTER, '--reset-progress'])).toMatchObject({exitCode: 0})
    const {guestInfo} = await readState(world.consumer)
    expect(guestInfo.stores.map(({label}) => label)).toEqual(['default', 'nfs-store'])
    expect(guestInfo.updateInProgress).toBe(false)
  })
})

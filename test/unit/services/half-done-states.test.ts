import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {rm} from 'node:fs/promises'

import type {VicnfsError} from '../../../src/model/vicnfs-error.js'
import {registerStore} from '../../../src/services/register-store.js'
import {allIsWell, changingWorld, type ChangingWorld, type Happening} from '../../helpers/changing-world.js'
import {makeTempDirectory} from '../../helpers/temp-directory.js'

const DEFAULT = 'ds://datastore1/volumes:default'
const OURS = 'nfs://10.9.0.9/exports/data?uid=0&gid=0:nfs-store'
const THEIRS = 'nfs://10.9.0.8/theirs?uid=0&gid=0:theirs'
const AGAIN =
  "vicnfs register-store nfs-store --url 'nfs://10.9.0.9/exports/data?uid=0&gid=0' --address-reserved --reset-progress --yes"

let directory: string
let world: ChangingWorld

beforeEach(async () => {
  directory = await makeTempDirectory()
})
afterEach(() => rm(directory, {recursive: true}))

function register(over: {resetProgress?: boolean} = {}) {
  const flags = {allowSelfHosted: false, addressReserved: true, adoptStore: false, noRollback: false}
  const consents = {...flags, resetProgress: false, ...over}
  const from = {url: 'nfs://10.9.0.9/exports/data?uid=0&gid=0'}
  return registerStore({label: 'nfs-store', from, consents, dryRun: false}, world.adapters, {})
}

async function failure(over = {}): Promise<VicnfsError> {
  try {
    await register(over)
  } catch (error) {
    return error as VicnfsError
  }
  throw new Error('it was registered')
}

/** Goes for one kind of change; the others go well. */
const when =
  (kind: string, happening: Happening): Happening =>
  (change, at) =>
    change.kind === kind ? happening(change, at) : allIsWell(change, at)

/** vic-machine ran out of time while the VCH boots in circles on the new store. */
const loopsAfterTimeout = when('configure', (change, at) => {
  allIsWell(change, at)
  at.state.loops = true
  at.mountable = false
  return {claim: 'timed-out', exitCode: 1, errorLines: ['vic-machine-linux configure failed: Configure timed out']}
})

function mendShare(): void {
  world.mountable = true
  world.state.loops = false
}

describe('VIC 1.2 and 1.3: reverted, and left powered off', () => {
  const revertedAndOff = when('configure', (_change, at) => {
    at.state.power = 'off'
    return {claim: 'failed', errorLines: ['Failed to configure: unavailable']}
  })

  it.each(['1.2.1', '1.3.1'])('%s: seen at once and later, and over when it was powered on', async (version) => {
    world = await changingWorld(directory, version)
    world.happening = revertedAndOff
    const error = await failure()
    expect(error).toMatchObject({code: 'VN-HALF-DONE', exitCode: 8, details: {off: true}})
    expect(error.message).toMatch(/is powered off, with its stores of before, without nfs-store/)
    expect(error.recovery).toEqual([
      'In vSphere, power the endpoint VM vm-7 of "consumer" on: it is off.',
      `Once it runs, run: ${AGAIN}`,
    ])
    expect((await failure()).recovery).toEqual(error.recovery)
    expect(world.changes).toEqual(['configure'])
    Object.assign(world.state, {power: 'on'})
    world.happening = allIsWell
    await expect(register({resetProgress: true})).resolves.toMatchObject({outcome: 'registered'})
    expect(world.changes).toEqual(['configure', 'reset-progress', 'configure'])
  })
})

describe('VIC 1.5.2: a boot loop that no rollback ends', () => {
  it('says both ways out at once and later, and a share that answers again ends it', async () => {
    world = await changingWorld(directory, '1.5.2')
    world.happening = loopsAfterTimeout
    const error = await failure()
    expect(error).toMatchObject({code: 'VN-HALF-DONE', reason: expect.stringContaining('VIC 1.5.2 cannot roll back')})
    expect(error.recovery).toEqual([
      expect.stringMatching(/^Either \(a\): any NFS server that answers at nfs:.*ends the boot loop/),
      `   Then run: ${AGAIN}`,
      expect.stringMatching(/^Or \(b\).*newest snapshot/),
      expect.stringContaining(AGAIN),
    ])
    expect((await failure()).recovery).toEqual(error.recovery)
    expect(world.changes).toEqual(['configure'])
    mendShare()
    await expect(register({resetProgress: true})).resolves.toMatchObject({outcome: 'unchanged'})
    expect(world.changes).toEqual(['configure', 'reset-progress'])
  })
})

describe('VIC 1.5.8', () => {
  it('two snapshots of one name: the rollback is tried once, then both ways out are said', async () => {
    world = await changingWorld(directory, '1.5.8')
    const rollback = when('rollback', () => ({claim: 'failed', twoSnapshots: true}))
    world.happening = (change, at) => (change.kind === 'configure' ? loopsAfterTimeout : rollback)(change, at)
    const error = await failure()
    expect(error).toMatchObject({code: 'VN-HALF-DONE', reason: expect.stringContaining('two snapshots of one name')})
    expect(error.recovery.join('\n')).toMatch(/Either \(a\)[^]*Or \(b\)/)
    expect(world.changes).toEqual(['configure', 'reset-progress', 'rollback'])
    expect((await failure()).recovery).toEqual(error.recovery)
    expect(world.changes).toHaveLength(3)
  })

  it('a time-out after which the VCH comes up all the same: registered, and the mark is cleared', async () => {
    world = await changingWorld(directory, '1.5.8')
    world.happening = when('configure', (change, at) => ({...allIsWell(change, at), claim: 'timed-out', exitCode: 1}))
    await expect(register()).resolves.toMatchObject({outcome: 'registered'})
    expect(world.changes).toEqual(['configure', 'reset-progress'])
  })

  it('killed by a signal before anything was done: as before, and the mark is cleared', async () => {
    world = await changingWorld(directory, '1.5.8')
    world.happening = when('configure', () => ({claim: 'vanished'}))
    expect(await failure()).toMatchObject({code: 'VN-ROLLED-BACK', exitCode: 6})
    expect(world.changes).toEqual(['configure', 'reset-progress'])
  })

  it('a second configure that won the race: ours is lost, theirs is kept, and the next run adds ours', async () => {
    world = await changingWorld(directory, '1.5.8')
    world.happening = when('configure', (_change, at) => {
      at.stores = [DEFAULT, THEIRS]
      return {claim: 'completed'}
    })
    const error = await failure()
    expect(error).toMatchObject({code: 'VN-HALF-DONE', exitCode: 8})
    expect(error.reason).toMatch(/lists default, theirs: somebody else configures this VCH.*claims success/)
    expect(error.recovery).toEqual([expect.stringContaining('nobody else runs vic-machine'), `Then run: ${AGAIN}`])
    expect(world.changes).toEqual(['configure'])
    world.happening = allIsWell
    await expect(register()).resolves.toMatchObject({outcome: 'registered'})
    expect(world.stores).toEqual([DEFAULT, THEIRS, OURS])
  })

  it('an operation of somebody else in progress: refused, nothing done, with the way out', async () => {
    world = await changingWorld(directory, '1.5.8')
    const refusal = {code: 'VN-VICMACHINE-IN-PROGRESS', message: 'The VCH is marked as being configured or upgraded.'}
    world.happening = when('configure', () => ({claim: 'refused', exitCode: 1, refusal}))
    expect(await failure()).toMatchObject({code: 'VN-VICMACHINE-IN-PROGRESS', exitCode: 3, tries: [AGAIN]})
    expect([...world.files.keys()]).toEqual([])
    world.happening = allIsWell
    await expect(register({resetProgress: true})).resolves.toMatchObject({outcome: 'registered'})
    expect(world.changes).toEqual(['configure', 'reset-progress', 'configure'])
  })
})

describe('VIC 1.4.3: exit 0 with the store left out', () => {
  it('is told at once and later, also to another machine, and over after a restart with the share back', async () => {
    world = await changingWorld(directory, '1.4.3')
    world.happening = when('configure', (change, at) => {
      at.state.offline = ['nfs-store']
      return {...allIsWell(change, at), claim: 'completed', offlineLabels: ['nfs-store']}
    })
    const error = await failure()
    expect(error).toMatchObject({code: 'VN-STORE-NOT-ONLINE', exitCode: 8})
    expect(error.recovery).toEqual([
      expect.stringMatching(/^Make nfs:.* mountable again/),
      expect.stringMatching(/restart the endpoint VM vm-7/),
      `Then run: ${AGAIN}`,
    ])
    expect(await failure()).toMatchObject({code: 'VN-STORE-NOT-ONLINE', recovery: error.recovery})
    world.state.offline = []
    await expect(register()).resolves.toMatchObject({outcome: 'unchanged'})
    expect(world.changes).toEqual(['configure'])
  })
})

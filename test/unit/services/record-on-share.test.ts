import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {rm} from 'node:fs/promises'

import {VicnfsError} from '../../../src/model/vicnfs-error.js'
import {exposeVolume} from '../../../src/services/expose-volume.js'
import type {Change, ChangeRun} from '../../../src/vic-machine/vic-machine-api.js'
import {shareRequest} from '../../helpers/fake-world.js'
import {makeTempDirectory} from '../../helpers/temp-directory.js'
import {recordOther, teardownWorld, type TeardownWorld} from '../../helpers/teardown-world.js'

const CONSENTS = {
  allowSelfHosted: false,
  addressReserved: false,
  adoptStore: false,
  resetProgress: false,
  noRollback: false,
}
const RECORD = '/exports/nfs-vol/.vicnfs/consumer.json'

let directory: string
let world: TeardownWorld

beforeEach(async () => {
  directory = await makeTempDirectory()
  world = await teardownWorld(directory)
})
afterEach(() => rm(directory, {recursive: true}))

const expose = () => {
  const register = {label: 'nfs-store', consents: CONSENTS}
  const volume = {name: 'nfs-vol', create: true}
  return exposeVolume({request: shareRequest(), volume, register}, world.adapters, {})
}

/** Has vic-machine start changes of one kind in another way. */
async function starting(kind: Change['kind'], how: (run: ChangeRun) => Promise<ChangeRun>): Promise<void> {
  const access = await world.adapters.vicMachine()
  const {program} = access
  const start: typeof program.start = async (change, folder, options) => {
    const run = await program.start(change, folder, options)
    return change.kind === kind ? how(run) : run
  }
  Object.assign(world.adapters, {vicMachine: () => Promise.resolve({...access, program: {...program, start}})})
}

describe('the record of another VCH, found on the share of a new server container', () => {
  it('keeps that server container: the other VCH may need it, and the way out does', async () => {
    recordOther(world, '/exports/nfs-vol')
    await expect(expose()).rejects.toMatchObject({code: 'VN-OTHER-CONSUMER', exitCode: 3})
    expect(world.did).toContain('start vicnfs-nfs-vol')
    expect(world.did).not.toContain('remove vicnfs-nfs-vol')
  })
})

describe('our own record, when configure cannot be followed to its end', () => {
  const storesAsBefore = (code: 'VN-VICMACHINE-LOST' | 'VN-VICMACHINE-NOT-STARTED') =>
    starting('configure', () => {
      world.stores = ['ds://datastore1/volumes:default']
      return Promise.reject(new VicnfsError(code, 'The runner says nothing.'))
    })

  it('stays while vic-machine may be at work: the store may be there any moment', async () => {
    await storesAsBefore('VN-VICMACHINE-LOST')
    await expect(expose()).rejects.toMatchObject({code: 'VN-VICMACHINE-LOST'})
    expect(world.files.has(RECORD)).toBe(true)
  })

  it('stays while vic-machine may be at work that cannot be followed, whatever is in the way', async () => {
    await starting('configure', (run) => {
      world.stores = ['ds://datastore1/volumes:default']
      return Promise.resolve({...run, wait: () => Promise.reject(new Error('EIO: i/o error, read'))})
    })
    await expect(expose()).rejects.toMatchObject({code: 'VN-HALF-DONE', exitCode: 8})
    expect(world.files.has(RECORD)).toBe(true)
  })

  it('the control: it is taken back when vic-machine was never started', async () => {
    await storesAsBefore('VN-VICMACHINE-NOT-STARTED')
    await expect(expose()).rejects.toMatchObject({code: 'VN-VICMACHINE-NOT-STARTED'})
    expect(world.files.has(RECORD)).toBe(false)
  })
})

describe('a configure that came good after its time-out', () => {
  it('is half-done, not untouched, when its mark cannot be cleared', async () => {
    await starting('configure', (run) => {
      const end = {claim: 'timed-out', exitCode: 1, errorLines: [], twoSnapshots: false, offlineLabels: []} as const
      return Promise.resolve({...run, wait: () => Promise.resolve(end)})
    })
    await starting('reset-progress', () =>
      Promise.reject(new VicnfsError('VN-VICMACHINE-NOT-STARTED', 'vic-machine was not started.')),
    )
    await expect(expose()).rejects.toMatchObject({code: 'VN-HALF-DONE', exitCode: 8})
    expect(world.did).not.toContain('remove vicnfs-nfs-vol')
    expect(world.files.has(RECORD)).toBe(true)
  })
})

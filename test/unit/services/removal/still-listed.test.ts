import {rm} from 'node:fs/promises'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'

import {VicnfsError} from '../../../../src/model/vicnfs-error.js'
import {exchangeWorld, makeFastDirectory, type ExchangeWorld} from '../../../helpers/exchange-world.js'
import {SHARE_STATES} from '../../../helpers/share-states.js'
import {teardown} from '../../../helpers/teardown-world.js'

let directory: string
let world: ExchangeWorld

beforeEach(async () => {
  directory = await makeFastDirectory()
  world = await exchangeWorld(directory)
})
afterEach(() => rm(directory, {recursive: true}))

const SERVE = 'vicnfs expose-volume nfs-vol --ip 10.9.0.2'

/** What vic-machine is asked for first. */
async function failsWith(error: Error): Promise<void> {
  const access = await world.adapters.vicMachine()
  const program = {...access.program, version: () => Promise.reject(error)}
  Object.assign(world.adapters, {vicMachine: () => Promise.resolve({...access, program})})
}

describe('a share without a server, of which the journal of this machine knows nothing', () => {
  beforeEach(() => SHARE_STATES['registered, server gone, seen from another machine']?.(world))

  it('is told to be a store still, with the command that serves it again', async () => {
    await expect(teardown(world)).rejects.toMatchObject({
      code: 'VN-NOT-REMOVABLE',
      message: expect.stringContaining('"consumer" still has the store "nfs-store" of "nfs-vol"'),
      reason: expect.stringContaining('needs a server at that address to boot'),
      tries: [SERVE, 'vicnfs teardown nfs-vol'],
    })
  })

  it('is told so while the VCH is down because of it', async () => {
    const refused = new VicnfsError('VN-VCH-UNREACHABLE', 'It refuses.')
    Object.assign(world.adapters.consumer, {info: () => Promise.reject(refused)})
    await expect(teardown(world)).rejects.toMatchObject({code: 'VN-NOT-REMOVABLE', tries: [SERVE, expect.anything()]})
  })

  it('is looked at first where this machine cannot see whether anybody serves there', async () => {
    const {nfs} = world.adapters
    const rung = {id: 'mountd', title: 'Mount', state: 'failed', durationMs: 1, code: 'VN-NFS-MNT-ACCES', finding: 'no'}
    const preflight: typeof nfs.preflight = async (place) =>
      ({...(await nfs.preflight(place)), passed: false, rungs: [rung]}) as never
    Object.assign(world.adapters, {nfs: {...nfs, preflight}})
    await expect(teardown(world)).rejects.toMatchObject({
      code: 'VN-NOT-REMOVABLE',
      tries: [expect.stringMatching(/^vicnfs preflight .*10\.9\.0\.2.* --read-only$/), SERVE],
    })
  })

  it('is nothing of ours where somebody serves at that address', async () => {
    const {nfs} = world.adapters
    const preflight: typeof nfs.preflight = async (place) => ({
      ...(await nfs.preflight(place)),
      passed: true,
      rungs: [],
    })
    Object.assign(world.adapters, {nfs: {...nfs, preflight}})
    await expect(teardown(world)).resolves.toMatchObject({outcome: 'unchanged', data: 'kept'})
  })

  it('stays as it is where no VCH can be asked, and that is said', async () => {
    await failsWith(new VicnfsError('VN-VICMACHINE-FAILED', 'vic-machine does not start.'))
    await expect(teardown(world)).resolves.toMatchObject({outcome: 'unchanged', data: 'kept'})
    expect(world.warnings).toEqual([expect.stringMatching(/still has "nfs-vol" as a store could not be asked/)])
  })

  it('says so when the login is refused, since the next run would try it again', async () => {
    await failsWith(new VicnfsError('VN-VICMACHINE-LOGIN', 'vCenter refused the login.'))
    await expect(teardown(world)).rejects.toMatchObject({code: 'VN-VICMACHINE-LOGIN'})
  })
})

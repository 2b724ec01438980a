import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {rm} from 'node:fs/promises'

import {VicnfsError} from '../../../src/model/vicnfs-error.js'
import {exposeVolume, type ExposeResult} from '../../../src/services/expose-volume.js'
import type {VchApi} from '../../../src/vch/vch-api.js'
import {fakeWorld, shareRequest, type FakeWorld} from '../../helpers/fake-world.js'
import {makeTempDirectory} from '../../helpers/temp-directory.js'

const CONSENTS = {
  allowSelfHosted: true,
  addressReserved: false,
  adoptStore: false,
  resetProgress: false,
  noRollback: false,
}

let directory: string
let world: FakeWorld
let isDown: boolean

beforeEach(async () => {
  directory = await makeTempDirectory()
  world = fakeWorld(directory)
  isDown = true
  const {server} = world.adapters
  const real = {...server}
  const refused = (): VicnfsError => new VicnfsError('VN-VCH-UNREACHABLE', 'It refuses connections.', {reason: 'Off.'})
  Object.assign(server, {
    info: (call: Parameters<VchApi['info']>[0]) => (isDown ? Promise.reject(refused()) : real.info(call)),
  })
})
afterEach(() => rm(directory, {recursive: true}))

/** The VCH is back once its earlier changes have been asked about through vic-machine. */
function expose(options: {readonly selfHosted: boolean; readonly register: boolean}): Promise<ExposeResult> {
  const {selfHosted, register} = options
  const vicMachine: typeof world.adapters.vicMachine = async (...given) => {
    isDown = !selfHosted
    return world.adapters.vicMachine(...given)
  }
  const wish = {request: shareRequest(), volume: {name: 'nfs-vol', create: true}}
  const going = register ? {register: {label: 'nfs-store', consents: CONSENTS}} : {}
  return exposeVolume({...wish, ...going}, {...world.adapters, selfHosted, vicMachine}, {})
}

describe('a VCH that does not answer, as while it is configured', () => {
  it('is waited for, when it is both server and consumer', async () => {
    await expect(expose({selfHosted: true, register: true})).rejects.toMatchObject({code: 'VN-VERIFY-FAILED'})
    expect(world.did).toEqual(expect.arrayContaining(['start vicnfs-nfs-vol', 'configure']))
  })

  it('is an error where nothing says that it will come back, and nothing is made', async () => {
    const down = {code: 'VN-VCH-UNREACHABLE'}
    await expect(expose({selfHosted: true, register: false})).rejects.toMatchObject(down)
    await expect(expose({selfHosted: false, register: true})).rejects.toMatchObject(down)
    expect(world.did).toEqual([])
  })
})

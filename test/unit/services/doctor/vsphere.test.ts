import {rm} from 'node:fs/promises'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import type {ErrorCode} from '../../../../src/model/error-table.js'
import {VicnfsError} from '../../../../src/model/vicnfs-error.js'
import {loginChecks} from '../../../../src/services/doctor/vsphere.js'
import {doctorWorld, type DoctorWorld} from '../../../helpers/doctor-world.js'
import {makeTempDirectory} from '../../../helpers/temp-directory.js'

let directory: string
let world: DoctorWorld
beforeEach(async () => {
  directory = await makeTempDirectory()
  world = await doctorWorld(directory)
})
afterEach(() => rm(directory, {recursive: true, force: true}))

const states = (error?: unknown) => loginChecks(error).map(({state}) => state)
const of = (code: ErrorCode) => new VicnfsError(code, 'It went wrong.', {tries: ['one', 'two', 'three']})

describe('the vSphere login', () => {
  it('is all well when vic-machine lists something', async () => {
    expect(states()).toEqual(['ok', 'ok', 'ok', 'ok', 'ok'])
    expect(await world.check('vsphere.login')).toMatchObject({state: 'ok'})
  })

  it.each([
    ['VN-VICMACHINE-TARGET-UNKNOWN', ['ok', 'failed', 'not-asked', 'not-asked', 'not-asked']],
    ['VN-VICMACHINE-TARGET-UNREACHABLE', ['ok', 'failed', 'not-asked', 'not-asked', 'not-asked']],
    ['VN-VICMACHINE-THUMBPRINT-WRONG', ['ok', 'ok', 'failed', 'not-asked', 'not-asked']],
    ['VN-VICMACHINE-LOGIN', ['ok', 'ok', 'ok', 'failed', 'not-asked']],
    ['VN-VICMACHINE-DATACENTER', ['ok', 'ok', 'ok', 'ok', 'failed']],
    ['VN-VICMACHINE-FAILED', ['ok', 'ok', 'ok', 'failed', 'not-asked']],
    ['VN-SETTING-MISSING', ['not-asked', 'not-asked', 'not-asked', 'not-asked', 'not-asked']],
    ['VN-VICMACHINE-PASSWORD-MISSING', ['not-asked', 'not-asked', 'not-asked', 'not-asked', 'not-asked']],
  ] as const)('says of %s how far it came', (code, expected) => {
    expect(states(of(code))).toEqual(expected)
    const blamed = loginChecks(of(code)).find((each) => each.code === code)
    expect(blamed?.fix).toEqual(['one', 'two'])
  })

  it('is tried once when it is refused, whatever else would need it (S8)', async () => {
    const calls: string[] = []
    const refused = (what: string) => () => {
      calls.push(what)
      return Promise.reject(of('VN-VICMACHINE-LOGIN'))
    }
    Object.assign(world.program, {list: refused('ls'), inspect: refused('inspect'), inspectConfig: refused('config')})
    const {groups} = await world.look()
    expect(calls).toEqual(['ls'])
    const vch = groups.find(({id}) => id === 'vch')?.checks ?? []
    expect(vch.find(({id}) => id === 'vch.found')).toMatchObject({state: 'not-asked'})
    // The control: accepted, the others are asked, each of them once.
    Object.assign(world.program, {
      list: () => Promise.resolve([]),
      inspect: refused('inspect'),
      inspectConfig: refused('config'),
    })
    await world.look()
    expect(calls.slice(1).sort()).toEqual(['config', 'inspect'])
  })
})

import {mkdirSync, writeFileSync} from 'node:fs'
import {rm} from 'node:fs/promises'
import path from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {VicnfsError} from '../../../../src/model/vicnfs-error.js'
import {identify} from '../../../../src/vic-machine/process-identity.js'
import {doctorWorld, refuse, type DoctorWorld} from '../../../helpers/doctor-world.js'
import {holdLock, LATER, LONG_AGO} from '../../../helpers/held-lock.js'
import {makeTempDirectory} from '../../../helpers/temp-directory.js'

let directory: string
let world: DoctorWorld
beforeEach(async () => {
  directory = await makeTempDirectory()
  world = await doctorWorld(directory)
})
afterEach(() => rm(directory, {recursive: true, force: true}))

const NFS = 'nfs://10.9.0.5/exports/a?uid=0&gid=0:a'
const off = () => Promise.reject(new VicnfsError('VN-VICMACHINE-VCH-OFF', 'The VCH is not powered on.'))
const says = (text: RegExp) => expect.stringMatching(text)

describe('the VCH that is named', () => {
  it('is found, on, booted, and of the release of vic-machine', async () => {
    const {groups} = await world.look()
    const checks = groups.find(({id}) => id === 'vch')?.checks ?? []
    expect(checks.map(({id, state}) => `${id} ${state}`)).toEqual(
      ['found', 'power', 'boots', 'version', 'release', 'change', 'stores'].map((id) => `vch.${id} ok`),
    )
    expect(checks[0]?.evidence).toBe('"consumer", vm-7, in /dc/host/c.')
  })

  it('is one of several candidates otherwise', async () => {
    const row = (id: string, name: string) => ({id, name, path: '/p', version: 'v1.5.8', upgradeStatus: ''})
    world.program.list = () => Promise.resolve([row('vm-1', 'one'), row('vm-2', 'two')])
    const unknown = new VicnfsError('VN-VICMACHINE-VCH-UNKNOWN', 'There is no VCH "consumer".')
    Object.assign(world.program, {inspect: () => Promise.reject(unknown), inspectConfig: () => Promise.reject(unknown)})
    expect(await world.check('vch.found')).toMatchObject({
      state: 'failed',
      code: 'VN-VICMACHINE-VCH-UNKNOWN',
      evidence: says(/"one" \(vm-1.*"two" \(vm-2/),
      fix: ['export VICNFS_VCH=one', 'export VICNFS_VCH=two'],
    })
    const access = await world.parts.vicMachine()
    world.parts.vicMachine = () => Promise.resolve({...access, selector: {name: ''}})
    const unnamed = await world.check('vch.found')
    expect(unnamed).toMatchObject({state: 'not-asked', fix: ['export VICNFS_VCH=one', 'export VICNFS_VCH=two']})
  })

  it('is off, with its release known all the same', async () => {
    world.program.inspect = off
    refuse(world.consumer.api)
    const advice = says(/power it on/)
    expect(await world.check('vch.power')).toMatchObject({state: 'failed', code: 'VN-VICMACHINE-VCH-OFF', advice})
    expect(await world.check('vch.version')).toMatchObject({state: 'ok', evidence: 'VIC 1.5.8.'})
    expect(await world.check('vch.boots')).toMatchObject({state: 'not-asked'})
  })

  it('is of a release that is too old, or not the one of vic-machine', async () => {
    const inspection = await world.program.inspect({})
    world.program.inspect = () => Promise.resolve({...inspection, vchVersion: '1.1.1'})
    expect(await world.check('vch.version')).toMatchObject({state: 'failed', code: 'VN-VIC-UNSUPPORTED'})
    world.program.inspect = () => Promise.resolve({...inspection, vchVersion: '1.5.6'})
    expect(await world.check('vch.release')).toMatchObject({state: 'failed', code: 'VN-VICMACHINE-RELEASE'})
    world.parts.installer = () => Promise.resolve({path: 'x', version: '1.5.6'})
    expect(await world.check('vch.release')).toMatchObject({state: 'ok'})
  })
})

describe('its boot', () => {
  it('goes in circles on a dead store, from VIC 1.5.2 on', async () => {
    world.stores.push(NFS)
    refuse(world.consumer.api)
    const fine = await world.check('vch.boots')
    expect(fine).toMatchObject({state: 'failed', code: 'VN-VCH-DOWN', evidence: says(/every NFS store.*mountable/)})
    world.dead.set('10.9.0.5', {rung: 'portmap', code: 'VN-NFS-REFUSED', finding: 'connection refused'})
    expect(await world.check('vch.boots')).toMatchObject({evidence: says(/boot loop.*"a" \(nfs:\/\/10\.9\.0\.5/)})
    const inspection = await world.program.inspect({})
    world.program.inspect = () => Promise.resolve({...inspection, vchVersion: '1.5.0'})
    expect((await world.check('vch.boots')).evidence).not.toMatch(/loop/)
  })

  it('is not judged by an API that cannot be reached for another reason', async () => {
    refuse(world.consumer.api, 'VN-VCH-CERT-REFUSED' as never)
    expect(await world.check('vch.boots')).toMatchObject({state: 'not-asked'})
  })
})

describe('its stores', () => {
  it('fail when one that is configured is not online', async () => {
    world.stores.push(NFS)
    expect(await world.check('vch.stores')).toMatchObject({state: 'ok'})
    const info = await world.consumer.api.info()
    world.consumer.api.info = () => Promise.resolve({...info, onlineStores: ['default']})
    expect(await world.check('vch.stores')).toMatchObject({
      state: 'failed',
      code: 'VN-STORE-NOT-ONLINE',
      evidence: says(/"a"/),
      fix: ["vicnfs preflight 'nfs://10.9.0.5/exports/a?uid=0&gid=0' --read-only"],
    })
  })
})

describe('a change of it', () => {
  const intent = (data: Readonly<Record<string, unknown>> = {}) =>
    world.parts.journal.append({kind: 'intent', action: 'configure', vch: {keys: ['vm:vcenter/vm-7']}, data})
  const folderOf = (id: string): string => path.join(directory, 'changes', id)
  const claim = async (id: string, value: unknown): Promise<void> => {
    mkdirSync(folderOf(id), {recursive: true})
    writeFileSync(path.join(folderOf(id), 'started.json'), JSON.stringify(value))
  }

  it('is under way while its vic-machine lives', async () => {
    const id = await intent()
    await claim(id, {vicMachine: await identify(process.pid), runner: {pid: 1}})
    const evidence = says(new RegExp(`Under way.*process ${process.pid}\\)`))
    expect(await world.check('vch.change')).toMatchObject({state: 'warning', evidence})
    await world.parts.journal.append({
      kind: 'result',
      action: 'configure',
      of: id,
      vch: {keys: ['vm:vcenter/vm-7']},
      data: {},
    })
    expect(await world.check('vch.change')).toMatchObject({state: 'ok'})
  })

  it('is under way while the run that began it watches the VCH', async () => {
    await intent()
    await holdLock(directory, 'vm:vcenter/vm-7', LONG_AGO)
    const evidence = says(/Under way: a configure .* by `vicnfs teardown` \(process/)
    expect(await world.check('vch.change')).toMatchObject({state: 'warning', evidence})
    await holdLock(directory, 'vm:vcenter/vm-7', LATER)
    expect(await world.check('vch.change')).toMatchObject({state: 'failed', code: 'VN-HALF-DONE'})
  })

  it('is half-done when nobody works on it, and looking does not end it', async () => {
    const again = 'vicnfs register-store a --share a --yes'
    const id = await intent({wayOuts: [{start: 'Start it.', again}]})
    const expected = {state: 'failed', code: 'VN-HALF-DONE', fix: [again]}
    expect(await world.check('vch.change')).toMatchObject(expected)
    await claim(id, {
      vicMachine: {pid: process.pid, startedAt: 'long ago'},
      runner: {pid: process.pid, startedAt: 'long ago'},
    })
    expect(await world.check('vch.change')).toMatchObject(expected)
    expect(await world.parts.journal.openIntents(['vm:vcenter/vm-7'])).toHaveLength(1)
  })

  it('of another VCH is none of its', async () => {
    await world.parts.journal.append({kind: 'intent', action: 'configure', vch: {keys: ['vm:vcenter/vm-8']}, data: {}})
    expect(await world.check('vch.change')).toMatchObject({state: 'ok'})
  })
})

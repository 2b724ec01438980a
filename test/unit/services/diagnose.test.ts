import {readdirSync} from 'node:fs'
import {rm} from 'node:fs/promises'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {VicnfsError} from '../../../src/model/vicnfs-error.js'
import {doctorWorld, refuse, type DoctorWorld} from '../../helpers/doctor-world.js'
import {makeTempDirectory} from '../../helpers/temp-directory.js'

let directory: string
let world: DoctorWorld
beforeEach(async () => {
  directory = await makeTempDirectory()
  world = await doctorWorld(directory)
  world.stores.push('nfs://10.9.0.5/exports/a?uid=0&gid=0:a')
})
afterEach(() => rm(directory, {recursive: true, force: true}))

/** Counts the calls of every method of an object. */
function counting(target: object, counts: Record<string, number>): void {
  for (const [name, method] of Object.entries(target)) {
    if (typeof method !== 'function') continue
    Object.assign(target, {
      [name]: (...args: unknown[]): unknown => {
        counts[name] = (counts[name] ?? 0) + 1
        return (method as (...args: unknown[]) => unknown)(...args)
      },
    })
  }
}

const states = async () => {
  const {groups} = await world.look()
  return Object.fromEntries(groups.map(({id, checks}) => [id, [...new Set(checks.map(({state}) => state))].sort()]))
}

describe('a look at the environment', () => {
  it('is healthy without a failed check, and leaves nothing behind', async () => {
    const found = await world.look()
    const count = found.groups.reduce((sum, {checks}) => sum + checks.length, 0)
    const {ok, warnings, failed, notAsked} = found.summary
    expect({healthy: found.healthy, failed, sum: ok + warnings + failed + notAsked}).toEqual({
      healthy: true,
      failed: 0,
      sum: count,
    })
    expect(readdirSync(directory)).toEqual([])
    world.dead.set('10.9.0.5', {rung: 'portmap', code: 'VN-NFS-REFUSED', finding: 'refused'})
    expect(await world.look()).toMatchObject({healthy: false})
  })

  it('has checks with stable names of their own, and commands of which there are at most two', async () => {
    world.dead.set('10.9.0.5', {rung: 'portmap', code: 'VN-NFS-REFUSED', finding: 'refused'})
    const checks = (await world.look()).groups.flatMap((group) => group.checks)
    expect(new Set(checks.map(({id}) => id)).size).toBe(checks.length)
    for (const {id, evidence, fix = []} of checks) {
      expect({id, evidence}).toEqual({id, evidence: expect.stringMatching(/^[A-Z0-9"/(a-z].*[.!?]$/s)})
      expect({id, many: fix.length > 2}).toEqual({id, many: false})
    }
  })

  it('asks each thing once', async () => {
    const [vicMachine, server, consumer]: Record<string, number>[] = [{}, {}, {}]
    counting(world.program, vicMachine!)
    counting(world.server.api, server!)
    counting(world.consumer.api, consumer!)
    await world.look()
    expect(vicMachine).toEqual({list: 1, inspect: 1, inspectConfig: 1})
    expect(server).toMatchObject({info: 1, networks: 1, apiVersions: 1, hasImage: 1})
    expect(consumer).toEqual({info: 1, apiVersions: 1, hasImage: 1})
  })

  it('goes on without vic-machine, and without either Docker API', async () => {
    const all = await states()
    expect(all['vch']).toEqual(['ok'])
    const access = world.parts.vicMachine
    world.parts.vicMachine = () => Promise.reject(new VicnfsError('VN-SETTING-MISSING', 'It is not set.'))
    expect(await states()).toMatchObject({
      vsphere: ['not-asked'],
      stores: ['not-asked'],
      docker: ['ok'],
      networks: ['ok'],
      shares: ['ok'],
    })
    world.parts.vicMachine = access
    refuse(world.server.api)
    refuse(world.consumer.api)
    expect(await states()).toMatchObject({
      vsphere: ['ok'],
      networks: ['not-asked'],
      image: ['not-asked'],
      stores: expect.arrayContaining(['ok', 'not-asked']) as unknown,
      volumes: ['ok'],
    })
  })

  it('takes what goes wrong in an unknown way for a finding', async () => {
    world.server.api.networks = () => Promise.reject(new TypeError('x is not a function'))
    expect(await world.check('networks.usable')).toMatchObject({state: 'failed', code: 'VN-BUG'})
    world.parts.journal = {...world.parts.journal, openIntents: () => Promise.reject(new Error('bad disk'))}
    expect(await world.check('vch.change')).toMatchObject({state: 'failed', evidence: 'bad disk.'})
  })

  it('finds nothing when it is broken off', async () => {
    const stop = new AbortController()
    world.program.list = () => {
      stop.abort(new VicnfsError('VN-INTERRUPTED', 'Stopped.'))
      return Promise.reject(stop.signal.reason as Error)
    }
    await expect(world.look({signal: stop.signal})).rejects.toMatchObject({code: 'VN-INTERRUPTED'})
  })
})

import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {rm} from 'node:fs/promises'

import {runWork} from '../../../../src/engine/work.js'
import type {NfsAccess} from '../../../../src/services/adapters.js'
import {asCheck, sweepChecks} from '../../../../src/services/share-check/leftovers.js'
import {nfsFromVch} from '../../../../src/services/share-check/nfs-from-vch.js'
import {fakeWorld, type FakeWorld} from '../../../helpers/fake-world.js'
import {passedLadder, withoutRoute} from '../../../helpers/no-route.js'
import {makeTempDirectory} from '../../../helpers/temp-directory.js'

const place = (host: string) => ({host, path: '/exports/data', uid: 0, gid: 0})

let directory: string
let world: FakeWorld

beforeEach(async () => {
  directory = await makeTempDirectory()
  world = fakeWorld(directory)
  world = Object.assign(world, {adapters: {...world.adapters, nfs: withoutRoute(world.adapters.nfs)}})
  behave({containerLogs: () => Promise.resolve(passedLadder())})
})
afterEach(() => rm(directory, {recursive: true}))

const behave = (how: object): void => void Object.assign(world.adapters.consumer, how)

function seeing<T>(body: (nfs: NfsAccess) => Promise<T>, signal?: AbortSignal): Promise<T> {
  return runWork(
    (work) => body(nfsFromVch(world.adapters, {image: 'image:1', work})),
    signal === undefined ? {} : {signal},
  )
}

const pulls = (): string[] => world.did.filter((deed) => deed.startsWith('pull'))

describe('a wait by a container of the consumer VCH', () => {
  it('ends when the container has seen the share, leaves nothing, and decides who looks from now on', async () => {
    await seeing(async (nfs) => {
      expect(await nfs.waitUntilMountable(place('10.9.0.2'), {timeoutMs: 60_000})).toMatchObject({from: 'vch'})
      const {signal} = new AbortController()
      expect(await nfs.standpoint?.(place('10.9.0.2'), {signal})).toBe('vch')
    })
    expect(world.containers.size).toBe(0)
    expect(pulls()).toEqual(['pull image:1 on consumer'])
  })

  it('bears another one beside it: neither takes the container of the other for left over', async () => {
    const {consumer} = world.adapters
    const alive = new Map<string, boolean>()
    let begun = 0
    let go: () => void = () => undefined
    const both = new Promise<void>((resolve) => (go = resolve))
    behave({
      async waitContainer(id: string) {
        begun += 1
        if (begun === 2) go()
        await both
        alive.set(id, (await consumer.inspectContainer(id)) !== undefined)
        return 0
      },
    })
    const hosts = ['10.9.0.2', '10.9.0.3']
    await seeing((nfs) => Promise.all(hosts.map((host) => nfs.waitUntilMountable(place(host), {timeoutMs: 60_000}))))
    expect([...alive.values()]).toEqual([true, true])
    expect(pulls()).toHaveLength(1)
    expect(world.containers.size).toBe(0)
  })

  it('leaves no container after Ctrl-C', async () => {
    const stop = new AbortController()
    behave({
      waitContainer: (_id: string, {signal}: {signal: AbortSignal}) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error), {once: true})
          stop.abort()
        }),
    })
    const {signal} = stop
    const waiting = seeing((nfs) => nfs.waitUntilMountable(place('10.9.0.2'), {timeoutMs: 60_000, signal}), signal)
    await expect(waiting).rejects.toMatchObject({code: 'VN-INTERRUPTED'})
    expect(world.did.filter((deed) => deed.includes('vicnfs-check'))).toHaveLength(3)
    expect(world.containers.size).toBe(0)
  })

  it('goes on after Ctrl-C where the caller does not heed it, as an exchange of servers must', async () => {
    const stop = new AbortController()
    const seen = await seeing(async (nfs) => {
      stop.abort()
      return nfs.waitUntilMountable(place('10.9.0.2'), {timeoutMs: 60_000})
    }, stop.signal)
    expect(seen).toMatchObject({from: 'vch'})
  })
})

describe('what is swept away', () => {
  it('is no container of a check that runs in this process, and is it once that has ended', async () => {
    const {consumer} = world.adapters
    await runWork(async (work) => {
      const {signal} = work
      const make = (run: string) =>
        consumer.createContainer({
          name: run,
          image: 'image:1',
          labels: {'vicnfs.role': 'check', 'vicnfs.run': run, 'vicnfs.started': new Date().toISOString()},
        })
      const ended = await asCheck(world.adapters, work, async (run) => {
        await make(run)
        await sweepChecks(world.adapters, {work, signal})
        expect(world.containers.size).toBe(1)
        return run
      })
      // A container that its removal did not find comes to light later.
      await make(ended)
      await sweepChecks(world.adapters, {work, signal})
    })
    expect(world.containers.size).toBe(0)
  })
})

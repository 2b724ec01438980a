import {afterEach, describe, expect, it, jest} from '@jest/globals'
import type {VicnfsError} from '../../../src/model/vicnfs-error.js'
import {waitUntilMountable, type MountAttempt} from '../../../src/nfs/wait-until-mountable.js'
import {withGrowingLimit} from '../../helpers/growing-limit.js'
import {mntStatus} from '../../helpers/memory-share.js'
import {serveMemoryShare} from '../../helpers/serve-memory-share.js'

const cleanUps: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp()
})

const errorOf = (work: Promise<unknown>): Promise<VicnfsError> =>
  work.then(
    () => Promise.reject(new Error('it should have failed')),
    (error: unknown) => error as VicnfsError,
  )

describe('waitUntilMountable', () => {
  it('goes on through the states of a starting server until the mount is granted', async () => {
    const served = await serveMemoryShare((base, share) => ({
      'PORTMAP.GETPORT': (call) => {
        share.ports.mountd = seen.length === 1 ? 0 : served.server.port
        return seen.length === 0 ? 'reset' : (base['PORTMAP.GETPORT']?.(call) ?? 'silence')
      },
      'MOUNT.MNT': (call) => (seen.length === 2 ? mntStatus(13) : (base['MOUNT.MNT']?.(call) ?? 'silence')),
    }))
    cleanUps.push(() => served.server.close())
    const seen: MountAttempt[] = []
    const ready = await waitUntilMountable(served.address, {
      timeoutMs: 20_000,
      portmapPort: served.server.port,
      onAttempt: (attempt) => seen.push(attempt),
    })
    expect(seen.map(({attempt, rung}) => [attempt, rung.id, rung.code])).toEqual([
      [1, 'portmap', 'VN-NFS-PROXY'],
      [2, 'portmap', 'VN-NFS-NO-MOUNTD'],
      [3, 'mountd', expect.stringMatching(/^VN-NFS-(MNT-ACCES|SECURE-EXPORT)$/)],
    ])
    expect(ready).toMatchObject({attempts: 4, report: {passed: true, readOnly: true}})
    expect(served.share.root.children.size).toBe(0)
  })

  it('ends with the last finding and the number of tries', async () => {
    const {share, server, address} = await serveMemoryShare()
    cleanUps.push(() => server.close())
    share.ports.mountd = 0
    let tries = 0
    const onAttempt = (): void => void (tries += 1)
    const wait = (timeoutMs: number): Promise<VicnfsError> => {
      tries = 0
      return errorOf(waitUntilMountable(address, {timeoutMs, intervalMs: 20, portmapPort: server.port, onAttempt}))
    }
    const {outcome: error} = await withGrowingLimit(wait, () => tries < 2)
    expect(error).toMatchObject({code: 'VN-NFS-NOT-READY', kind: 'timeout', exitCode: 4})
    expect(error.reason).toContain('GETPORT answered 0')
    expect(error.details).toMatchObject({attempts: tries, rung: 'portmap', code: 'VN-NFS-NO-MOUNTD'})
    expect(tries).toBeGreaterThan(1)
  })

  it('makes no try that has hardly any time left, not even after a pause that took too long', async () => {
    const {share, server, address} = await serveMemoryShare()
    cleanUps.push(() => server.close())
    share.ports.mountd = 0
    let lostMs = 0
    const now = performance.now.bind(performance)
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => now() + lostMs)
    cleanUps.push(async () => clock.mockRestore())
    const onAttempt = (): void => void setImmediate(() => (lostMs = 59_950))
    const error = await errorOf(waitUntilMountable(address, {timeoutMs: 60_000, portmapPort: server.port, onAttempt}))
    expect(error).toMatchObject({code: 'VN-NFS-NOT-READY', details: {attempts: 1, code: 'VN-NFS-NO-MOUNTD'}})
  })

  it('does not wait for what waiting cannot mend', async () => {
    const address = {host: 'nfs:2049', path: '/a', uid: 0, gid: 0}
    expect((await errorOf(waitUntilMountable(address, {timeoutMs: 60_000}))).code).toBe('VN-NFS-PORT-IN-URL')
  })

  it('ends with the reason of the signal, in a pause too', async () => {
    const {share, server, address} = await serveMemoryShare()
    cleanUps.push(() => server.close())
    share.ports.mountd = 0
    const controller = new AbortController()
    const waiting = waitUntilMountable(address, {
      timeoutMs: 60_000,
      portmapPort: server.port,
      signal: controller.signal,
      onAttempt: () => void setImmediate(() => controller.abort(new Error('enough'))),
    })
    await expect(waiting).rejects.toThrow('enough')
  })
})

import {describe, expect, it} from '@jest/globals'

import {VicnfsError} from '../../../../src/model/vicnfs-error.js'
import type {Rung} from '../../../../src/nfs/preflight/report.js'
import {waitFromEither, type Looks} from '../../../../src/services/share-check/wait-from-either.js'

const PLACE = {host: '10.9.0.2', path: '/exports/data', uid: 0, gid: 0}

/** What a look finds: a code that fails, or nothing that does. */
type Finding = 'VN-NFS-UNREACHABLE' | 'VN-NFS-REFUSED' | undefined

function rungsOf(code: Finding): readonly Rung[] {
  const rung = {id: 'portmap', title: 'Ask', durationMs: 1, finding: `it says ${code ?? 'yes'}`} as const
  return [code === undefined ? {...rung, state: 'passed'} : {...rung, state: 'failed', code}]
}

/** Looks that find these things one after the other, the last one for ever; what was looked at is noted. */
function looksOf(here: readonly Finding[], vch: readonly Finding[] = []): {looks: Looks; asked: string[]} {
  const asked: string[] = []
  const next = (from: string, findings: readonly Finding[]): readonly Rung[] => {
    const at = asked.filter((each) => each === from).length
    asked.push(from)
    return rungsOf(findings[Math.min(at, findings.length - 1)])
  }
  const looks: Looks = {
    here: () => Promise.resolve({rungs: next('here', here)}),
    vch: () => Promise.resolve({rungs: next('vch', vch), vch: 'web'} as never),
  }
  return {looks, asked}
}

const FOREVER = {timeoutMs: 60_000}

describe('where this machine has a way to the share', () => {
  it('this one alone is asked, also while nobody serves yet', async () => {
    const {looks, asked} = looksOf(['VN-NFS-REFUSED', 'VN-NFS-REFUSED', undefined])
    expect(await waitFromEither(PLACE, looks, FOREVER)).toMatchObject({attempts: 3, from: 'here'})
    expect(asked).toEqual(['here', 'here', 'here'])
  })

  it('this one looks, though the VCH has seen the share first', async () => {
    const {looks, asked} = looksOf(['VN-NFS-UNREACHABLE', undefined], [undefined])
    expect(await waitFromEither(PLACE, looks, FOREVER)).toMatchObject({attempts: 1, from: 'here'})
    expect(asked).toEqual(['here', 'vch', 'here'])
  })

  it('what the server refuses it, once it can ask, is not asked from the VCH', async () => {
    const {looks, asked} = looksOf(['VN-NFS-UNREACHABLE', 'VN-NFS-REFUSED'], [undefined])
    await expect(waitFromEither(PLACE, looks, {timeoutMs: 50})).rejects.toMatchObject({
      message: expect.stringMatching(/^10\.9\.0\.2:\/exports\/data was not mountable from this machine within 0\.05 s/),
      details: {code: 'VN-NFS-REFUSED', from: 'here'},
    })
    expect(asked.filter((each) => each === 'vch')).toEqual(['vch'])
  })
})

describe('where this machine has none', () => {
  it('the VCH is asked again and again, until it sees the share', async () => {
    const {looks} = looksOf(['VN-NFS-UNREACHABLE'], ['VN-NFS-REFUSED', undefined])
    const missed: unknown[] = []
    const seen = await waitFromEither(PLACE, looks, {...FOREVER, onAttempt: ({rung}) => missed.push(rung.code)})
    expect(seen).toMatchObject({attempts: 2, from: 'vch', finding: 'it says VN-NFS-UNREACHABLE'})
    expect(missed).toEqual(['VN-NFS-UNREACHABLE', 'VN-NFS-REFUSED', 'VN-NFS-UNREACHABLE'])
  })

  it('the error of the time-out says what each place has found', async () => {
    const {looks} = looksOf(['VN-NFS-UNREACHABLE'], ['VN-NFS-REFUSED'])
    await expect(waitFromEither(PLACE, looks, {timeoutMs: 50})).rejects.toMatchObject({
      code: 'VN-NFS-NOT-READY',
      exitCode: 4,
      message: expect.stringContaining('not mountable from this machine or a container of "web" within 0.05 s'),
      reason: 'From here: it says VN-NFS-UNREACHABLE. From the VCH: it says VN-NFS-REFUSED.',
      tries: ["vicnfs preflight 'nfs://10.9.0.2/exports/data?uid=0&gid=0' --from vch"],
      details: {code: 'VN-NFS-REFUSED', from: 'vch'},
    })
  })

  it('trouble with asking the VCH ends the wait at once', async () => {
    const {looks} = looksOf(['VN-NFS-UNREACHABLE'])
    const failing = {...looks, vch: () => Promise.reject(new VicnfsError('VN-CHECK-NO-PROGRAM', 'No share-check.'))}
    await expect(waitFromEither(PLACE, failing, FOREVER)).rejects.toMatchObject({code: 'VN-CHECK-NO-PROGRAM'})
  })
})

describe('a wait that ends while the VCH is looking', () => {
  /** The look goes on until it is told to stop, and then takes its container away. */
  function slowLook(onBegin: () => void): {looks: Looks; did: string[]} {
    const did: string[] = []
    const vch: Looks['vch'] = async ({signal}) => {
      did.push('began')
      onBegin()
      if (!signal.aborted)
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), {once: true}))
      await new Promise((resolve) => setImmediate(resolve))
      did.push('removed')
      throw new Error('it was broken off')
    }
    return {looks: {...looksOf(['VN-NFS-UNREACHABLE']).looks, vch}, did}
  }

  it('for Ctrl-C ends when the container is gone', async () => {
    const stop = new AbortController()
    const {looks, did} = slowLook(() => stop.abort())
    const waiting = waitFromEither(PLACE, looks, {...FOREVER, signal: stop.signal})
    await expect(waiting).rejects.toMatchObject({code: 'VN-INTERRUPTED'})
    expect(did).toEqual(['began', 'removed'])
  })

  it('for its time being up, too, and says that the VCH was being asked', async () => {
    const {looks, did} = slowLook(() => undefined)
    await expect(waitFromEither(PLACE, looks, {timeoutMs: 50})).rejects.toMatchObject({
      code: 'VN-NFS-NOT-READY',
      reason: expect.stringMatching(/From the VCH: its container has not ended\.$/),
    })
    expect(did).toEqual(['began', 'removed'])
  })
})

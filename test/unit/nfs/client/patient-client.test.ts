import {describe, expect, it} from '@jest/globals'
import {NfsStatusError} from '../../../../src/nfs/client/nfs-status-error.js'
import type {Nfs3Client} from '../../../../src/nfs/client/nfs3-client.js'
import {patientClient} from '../../../../src/nfs/client/patient-client.js'

const PATIENCE = {tries: 3, pauseMs: 0}
const [JUKEBOX, STALE] = [10_008, 70]

/** A server that answers with this status so many times, then as it should. */
function answering(status: number, times: number) {
  const asked: unknown[] = []
  const getattr = (args: unknown): Promise<unknown> => {
    asked.push(args)
    return asked.length > times
      ? Promise.resolve('attributes')
      : Promise.reject(new NfsStatusError('NFS', 'GETATTR', status))
  }
  return {asked, client: patientClient({getattr} as unknown as Nfs3Client, PATIENCE)}
}

describe('a patient client', () => {
  const args = {handle: Buffer.alloc(4)}

  it('calls again while it is asked to call later, with the same arguments', async () => {
    const {asked, client} = answering(JUKEBOX, 3)
    expect(await client.getattr(args)).toBe('attributes')
    expect(asked).toEqual([args, args, args, args])
  })

  it('gives up in the end, and at once on anything else', async () => {
    const busy = answering(JUKEBOX, 9)
    await expect(busy.client.getattr(args)).rejects.toMatchObject({statusName: 'NFS3ERR_JUKEBOX'})
    expect(busy.asked).toHaveLength(4)
    const stale = answering(STALE, 9)
    await expect(stale.client.getattr(args)).rejects.toMatchObject({statusName: 'NFS3ERR_STALE'})
    expect(stale.asked).toHaveLength(1)
  })

  it('stops waiting when it is told to', async () => {
    const {client} = answering(JUKEBOX, 9)
    const signal = AbortSignal.abort(new Error('stop'))
    await expect(client.getattr(args, {signal})).rejects.toThrow()
  })
})

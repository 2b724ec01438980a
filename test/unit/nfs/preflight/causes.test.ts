import {afterEach, describe, expect, it} from '@jest/globals'
import {NFS_ERRORS} from '../../../../src/model/error-codes/nfs.js'
import {runPreflight} from '../../../../src/nfs/preflight/run-preflight.js'
import type {Rung} from '../../../../src/nfs/preflight/report.js'
import {MNT3_STATUS} from '../../../../src/nfs/wire/status.js'
import {withGrowingLimit} from '../../../helpers/growing-limit.js'
import {mntStatus} from '../../../helpers/memory-share.js'
import {refusingPort} from '../../../helpers/refusing-port.js'
import {serveMemoryShare} from '../../../helpers/serve-memory-share.js'

import {SCENES, type Scene} from './scenes.js'

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp()
})

async function failedRung({script = {}, arrange, address = {}, hangs = false}: Scene): Promise<Rung> {
  const served = await serveMemoryShare(script)
  cleanUps.push(() => served.server.close())
  await arrange?.(served.share)
  const climb = async (rungTimeoutMs: number): Promise<Rung> => {
    const options = {portmapPort: served.server.port, rungTimeoutMs}
    const report = await runPreflight({...served.address, ...address}, options)
    const rung = report.rungs.find(({state}) => state === 'failed')
    if (rung === undefined) throw new Error('no rung failed')
    return rung
  }
  if (!hangs) return climb(5000)
  const {limitMs, outcome} = await withGrowingLimit(climb, ({code}) => code === 'VN-NFS-TIMEOUT')
  expect(outcome.finding).toContain(`within ${limitMs} ms`)
  return outcome
}

describe('the cause of a failed rung in words', () => {
  it.each(SCENES)('%s', async (_what, scene, expected, words) => {
    const rung = await failedRung(scene)
    expect(rung).toMatchObject(expected)
    expect(rung.finding).toContain(words)
    expect(rung.tries?.length).toBeLessThanOrEqual(2)
    expect(Object.keys(NFS_ERRORS)).toContain(rung.code)
  })

  it('nobody at the port of the port mapper', async () => {
    const address = {host: '127.0.0.1', path: '/exports/data', uid: 0, gid: 0}
    const report = await runPreflight(address, {portmapPort: await refusingPort()})
    expect(report.rungs[0]).toMatchObject({state: 'failed', code: 'VN-NFS-REFUSED'})
    expect(report.rungs[0]?.finding).toContain('no port mapper (rpcbind) listens there')
  })

  const refusals = Object.entries(MNT3_STATUS).filter(([key]) => key !== 'OK' && key !== 'ACCES')
  it.each(refusals)('mountd answers MNT3ERR_%s', async (key, {number, meaning}) => {
    const rung = await failedRung({script: {'MOUNT.MNT': () => mntStatus(number)}})
    expect(rung).toMatchObject({id: 'mountd', code: `VN-NFS-MNT-${key}`})
    expect(rung.finding).toBe(`MNT3ERR_${key}: mountd refuses /exports/data. ${meaning}`)
  })

  it('mountd answers a status that does not exist', async () => {
    const rung = await failedRung({script: {'MOUNT.MNT': () => mntStatus(99)}})
    expect(rung).toMatchObject({id: 'mountd', code: 'VN-NFS-MNT-UNKNOWN'})
  })
})

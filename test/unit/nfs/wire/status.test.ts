import {describe, expect, it} from '@jest/globals'
import {authStatusName, MNT3_STATUS, mnt3Status, NFS3_STATUS, nfs3Status} from '../../../../src/nfs/wire/status.js'

describe('status tables', () => {
  it('name the statuses as RFC 1813 does', () => {
    expect(mnt3Status(0).name).toBe('MNT3_OK')
    expect(mnt3Status(13).name).toBe('MNT3ERR_ACCES')
    expect(mnt3Status(10006).name).toBe('MNT3ERR_SERVERFAULT')
    expect(nfs3Status(0).name).toBe('NFS3_OK')
    expect(nfs3Status(70).name).toBe('NFS3ERR_STALE')
    expect(nfs3Status(10008).name).toBe('NFS3ERR_JUKEBOX')
    expect(authStatusName(5)).toBe('AUTH_TOOWEAK')
  })

  it('hold all of them, each with one sentence of its own', () => {
    for (const [rows, count] of [
      [Object.values(MNT3_STATUS), 10],
      [Object.values(NFS3_STATUS), 29],
    ] as const) {
      expect(rows).toHaveLength(count)
      expect(new Set(rows.map((row) => row.number)).size).toBe(count)
      expect(new Set(rows.map((row) => row.meaning)).size).toBe(count)
      for (const row of rows) expect(row.meaning).toMatch(/^[A-Z].*\.$/)
    }
  })

  it('describe a number that the protocol does not know without failing', () => {
    expect(nfs3Status(4711)).toMatchObject({number: 4711, name: 'status 4711'})
    expect(mnt3Status(4711).name).toBe('status 4711')
    expect(authStatusName(99)).toBe('auth status 99')
  })
})

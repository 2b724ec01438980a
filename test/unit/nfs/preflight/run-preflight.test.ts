import {afterEach, describe, expect, it} from '@jest/globals'
import {runPreflight} from '../../../../src/nfs/preflight/run-preflight.js'
import type {PreflightOptions, PreflightReport, Rung, ShareAddress} from '../../../../src/nfs/preflight/report.js'
import {decode} from '../../../../src/nfs/wire/codec.js'
import {MOUNT3} from '../../../../src/nfs/wire/mount3.js'
import {FILE_TYPE} from '../../../../src/nfs/wire/nfs3-attributes.js'
import {NFS3} from '../../../../src/nfs/wire/nfs3.js'
import {PORTMAP2} from '../../../../src/nfs/wire/portmap2.js'
import {withGrowingLimit} from '../../../helpers/growing-limit.js'
import {serveMemoryShare, type ServedShare} from '../../../helpers/serve-memory-share.js'

const cleanUps: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp()
})

async function serve(...args: Parameters<typeof serveMemoryShare>): Promise<ServedShare> {
  const served = await serveMemoryShare(...args)
  cleanUps.push(() => served.server.close())
  return served
}

const climb = (
  {server, address}: ServedShare,
  options: PreflightOptions = {},
  change: Partial<ShareAddress> = {},
): Promise<PreflightReport> =>
  runPreflight({...address, ...change}, {portmapPort: server.port, rungTimeoutMs: 5000, ...options})

const states = (report: PreflightReport): string => report.rungs.map(({id, state}) => `${id}:${state}`).join(' ')

const failedRung = (report: PreflightReport): Rung | undefined => report.rungs.find(({state}) => state === 'failed')

/** What a VCH sends to bring a store online (facts/vic-machine.md § 6.1), and then what container VMs send. */
const OPENING = ['PORTMAP.GETPORT', 'MOUNT.MNT', 'PORTMAP.GETPORT', 'NFS.FSINFO']
const SEQUENCE = [
  ...OPENING,
  ...['NFS.MKDIR', 'NFS.MKDIR', 'MOUNT.UMNT'],
  ...OPENING,
  ...['NFS.LOOKUP', 'NFS.LOOKUP', 'NFS.LOOKUP', 'NFS.READDIRPLUS'],
  ...['PORTMAP.GETPORT', 'MOUNT.MNT', 'MOUNT.UMNT', 'MOUNT.UMNT'],
]

describe('the ladder on a healthy share', () => {
  it('sends the calls of a VCH in their order, and makes the two folders', async () => {
    const served = await serve()
    const seen: Rung[] = []
    const report = await climb(served, {onRung: (rung) => seen.push(rung)})
    expect(report).toMatchObject({passed: true, readOnly: false, uid: 1000, gid: 1000, path: '/exports/data'})
    expect(new Set(report.rungs.map(({state}) => state))).toEqual(new Set(['passed']))
    expect(seen).toEqual(report.rungs)
    expect(served.server.heard.map(({name}) => name)).toEqual(SEQUENCE)
    for (const name of ['volumes', 'volumes_metadata']) {
      expect(served.share.find(name)).toMatchObject({type: FILE_TYPE.directory, mode: 0o755})
    }
    expect(report.rungs.find(({id}) => id === 'readdirplus')?.finding).toBe('0 volumes')
  })

  it('sends the credentials, versions and sizes of a VCH', async () => {
    const served = await serve()
    await climb(served, {}, {uid: 7, gid: 8})
    const {heard} = served.server
    const of = (name: string) => heard.filter((row) => row.name === name).map(({call}) => call)
    expect(of('PORTMAP.GETPORT').map((call) => decode(PORTMAP2.getport.arguments, call.body))).toEqual(
      [100005, 100003, 100005, 100003, 100005].map((program) => ({program, version: 3, protocol: 6, port: 0})),
    )
    for (const call of of('PORTMAP.GETPORT')) expect(call).toMatchObject({version: 2, credential: {flavor: 'none'}})
    const vch = {flavor: 'sys', machine: 'vic', uid: 7, gid: 8, gids: [0]}
    for (const call of [...of('NFS.MKDIR'), ...of('NFS.FSINFO'), ...of('NFS.READDIRPLUS')]) {
      expect(call).toMatchObject({version: 3, credential: vch})
    }
    expect(of('MOUNT.MNT').map((call) => [decode(MOUNT3.mnt.arguments, call.body), call.credential])).toEqual([
      ['/exports/data', vch],
      ['/exports/data', vch],
      ['/exports/data/volumes', {...vch, uid: 0, gid: 0}],
    ])
    const [listing] = of('NFS.READDIRPLUS').map((call) => decode(NFS3.readdirplus.arguments, call.body))
    expect(listing).toMatchObject({dirCount: 512, maxCount: 4096, cookie: 0n})
    const [made] = of('NFS.MKDIR').map((call) => decode(NFS3.mkdir.arguments, call.body))
    expect(made?.attributes).toEqual({
      mode: 0o755,
      uid: undefined,
      gid: undefined,
      size: undefined,
      atime: 'keep',
      mtime: 'keep',
    })
  })

  it('says truly whether the source ports were privileged', async () => {
    const served = await serve()
    const report = await climb(served)
    const ports = served.server.heard.filter(({name}) => !name.startsWith('PORTMAP')).map(({sourcePort}) => sourcePort)
    expect(report.privilegedPort).toBe(ports.every((port) => port < 1024))
  })

  it('passes again when the folders are there, and counts volumes over several pages', async () => {
    const served = await serve()
    served.share.add('volumes', 'directory')
    for (let count = 0; count < 45; count += 1) served.share.add(`volumes/v${count}`, 'directory')
    const report = await climb(served)
    expect(report.passed).toBe(true)
    expect(report.rungs.find(({id}) => id === 'write')?.finding).toBe('volumes was there, volumes_metadata made')
    expect(report.rungs.find(({id}) => id === 'readdirplus')?.finding).toBe('45 volumes')
  })

  it('changes nothing in the read-only form, and unmounts', async () => {
    const served = await serve()
    const report = await climb(served, {readOnly: true})
    expect(report).toMatchObject({passed: true, readOnly: true})
    expect(states(report)).toBe(
      'portmap:passed mountd:passed nfsd:passed fsinfo:passed write:skipped unmount:passed ' +
        'remount:skipped lookup:skipped readdirplus:skipped subfolder:skipped',
    )
    expect(served.server.heard.map(({name}) => name)).toEqual([...OPENING, 'MOUNT.UMNT'])
    expect(served.share.root.children.size).toBe(0)
  })
})

describe('the ladder on a share that fails', () => {
  it('ends at the first failed rung, unmounts, and skips the others with the reason', async () => {
    const served = await serve({'NFS.FSINFO': () => 'close'})
    const report = await climb(served)
    expect(states(report)).toBe(
      'portmap:passed mountd:passed nfsd:passed fsinfo:failed write:skipped unmount:skipped ' +
        'remount:skipped lookup:skipped readdirplus:skipped subfolder:skipped',
    )
    expect(report.rungs.at(-1)?.finding).toBe('not tried after "Read the limits of the file system" failed')
    expect(served.server.heard.at(-1)?.name).toBe('MOUNT.UMNT')
  })

  it('gives each rung a deadline of its own', async () => {
    const served = await serve({'NFS.FSINFO': () => 'silence'})
    const climbed = async (rungTimeoutMs: number) => failedRung(await climb(served, {rungTimeoutMs}))
    const {limitMs, outcome: rung} = await withGrowingLimit(climbed, (failed) => failed?.id !== 'fsinfo')
    expect(rung).toMatchObject({id: 'fsinfo', code: 'VN-NFS-NO-ANSWER'})
    expect(rung?.finding).toContain(`did not answer within ${limitMs} ms`)
    expect(rung?.durationMs).toBeGreaterThanOrEqual(limitMs - 5)
  })

  it.each([
    ['10.1.2.3:2049', 'VN-NFS-PORT-IN-URL'],
    ['nfs.example.com:111', 'VN-NFS-PORT-IN-URL'],
    ['[::1]:2049', 'VN-NFS-PORT-IN-URL'],
  ])('refuses the host %s before it dials', async (host, code) => {
    const served = await serve()
    const report = await climb(served, {}, {host})
    expect(failedRung(report)).toMatchObject({id: 'portmap', code})
    expect(served.server.heard).toEqual([])
  })

  it.each(['/', '//', ''])('refuses the path "%s" before it dials', async (path) => {
    const served = await serve()
    expect(failedRung(await climb(served, {}, {path}))).toMatchObject({id: 'portmap', code: 'VN-NFS-ROOT-EXPORT'})
    expect(served.server.heard).toEqual([])
  })

  it('throws only when it is aborted, with the reason', async () => {
    const controller = new AbortController()
    const served = await serve({
      'NFS.MKDIR': () => {
        controller.abort(new Error('enough'))
        return 'silence'
      },
    })
    await expect(climb(served, {signal: controller.signal})).rejects.toThrow('enough')
    await expect(climb(served, {signal: controller.signal})).rejects.toThrow('enough')
  })
})

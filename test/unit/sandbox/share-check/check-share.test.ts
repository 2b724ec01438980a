import {describe, expect, it} from '@jest/globals'

import {checkPlace} from '../../../../src/sandbox/share-check/check-place.js'
import {checkShare, type CheckReport} from '../../../../src/sandbox/share-check/check-share.js'
import {checkOwnExport} from '../../../../src/sandbox/share-check/own-export.js'
import type {ShareCheckSettings} from '../../../../src/sandbox/share-check/settings.js'
import {withGrowingLimit} from '../../../helpers/growing-limit.js'
import {mntStatus} from '../../../helpers/memory-share.js'
import type {Script} from '../../../helpers/scripted-rpc-server.js'
import {serveMemoryShare} from '../../../helpers/serve-memory-share.js'
import {SCENES, type Scene} from '../../nfs/preflight/scenes.js'

const settingsFor = (portmapPort: number): ShareCheckSettings => ({
  portmapPort,
  sourceAddress: '127.0.0.1',
  own: {address: '127.0.0.1', exportPath: '/exports/data'},
})

const failedIn = ({rungs}: CheckReport) => rungs.find(({state}) => state === 'failed')

async function check({script = {}, arrange, address = {}, hangs = false}: Scene): Promise<CheckReport> {
  const served = await serveMemoryShare(script)
  try {
    await arrange?.(served.share)
    const place = {...served.address, ...address}
    const within = (timeoutMs: number) =>
      checkShare(place, settingsFor(served.server.port), {readOnly: false, timeoutMs, onRung: () => undefined})
    if (!hangs) return await within(5000)
    return (await withGrowingLimit(within, (report) => failedIn(report)?.code === 'VN-NFS-TIMEOUT')).outcome
  } finally {
    await served.server.close()
  }
}

describe("the sandbox's own share-check", () => {
  it('passes a healthy share but for the kernel, of which it claims nothing', async () => {
    const {passed, rungs} = await check({})
    expect(passed).toBe(true)
    expect(rungs.map(({state}) => state)).toEqual([...Array<string>(10).fill('passed'), 'skipped', 'skipped'])
  })

  it.each(SCENES)('gives the code of the image: %s', async (_what, scene, {id, code}) => {
    const failed = failedIn(await check(scene))
    expect({id: failed?.id, code: failed?.code}).toEqual({id, code})
  })
})

describe("the sandbox's own share-check without a URL", () => {
  const own = async (script: Script, timeoutMs = 5000) => {
    const served = await serveMemoryShare(script)
    try {
      return await checkOwnExport(settingsFor(served.server.port), timeoutMs)
    } finally {
      await served.server.close()
    }
  }

  it('mounts the own export', async () => {
    expect(await own({})).toMatch(/^\/exports\/data can be mounted/)
  })

  it('says why it cannot be mounted: a refusal', async () => {
    await expect(own({'MOUNT.MNT': () => mntStatus(13)})).rejects.toThrow(/MNT3ERR_ACCES/)
  })

  it('says why it cannot be mounted: silence', async () => {
    const said = (limitMs: number): Promise<string> => own({'NFS.FSINFO': () => 'silence'}, limitMs).catch(String)
    const {limitMs, outcome} = await withGrowingLimit(said, (words) => !/nfsd .* took the connection/.test(words))
    expect(outcome).toMatch(new RegExp(`/exports/data: .*nfsd .* did not answer within ${limitMs} ms`))
  })
})

describe('the URL of a check', () => {
  it('is read as VIC reads it', () => {
    expect(checkPlace('nfs://h/a%20b')).toEqual({host: 'h', path: '/a b', uid: 1000, gid: 1000})
    expect(checkPlace('nfs://[::1]/a?uid=7;proto=x')).toEqual({host: '[::1]', path: '/a', uid: 7, gid: 7})
  })

  it.each(['http://h/p', 'nfs://', 'nfs://h/p?uid=-1', 'nfs://h/p?uid=0&gid=x', 'nfs://h/%ff'])('is no %s', (url) => {
    expect(checkPlace(url)).toBeUndefined()
  })
})

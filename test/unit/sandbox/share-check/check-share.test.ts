import {describe, expect, it} from '@jest/globals'

import {checkPlace} from '../../../../src/sandbox/share-check/check-place.js'
import {checkShare, type CheckReport} from '../../../../src/sandbox/share-check/check-share.js'
import {checkOwnExport} from '../../../../src/sandbox/share-check/own-export.js'
import type {ShareCheckSettings} from '../../../../src/sandbox/share-check/settings.js'
import {mntStatus} from '../../../helpers/memory-share.js'
import type {Script} from '../../../helpers/scripted-rpc-server.js'
import {serveMemoryShare} from '../../../helpers/serve-memory-share.js'
import {SCENES, type Scene} from '../../nfs/preflight/scenes.js'

const settingsFor = (portmapPort: number): ShareCheckSettings => ({
  portmapPort,
  sourceAddress: '127.0.0.1',
  own: {address: '127.0.0.1', exportPath: '/exports/data'},
})

async function check({script = {}, arrange, address = {}, rungTimeoutMs = 5000}: Scene): Promise<CheckReport> {
  const served = await serveMemoryShare(script)
  try {
    await arrange?.(served.share)
    const place = {...served.address, ...address}
    const options = {readOnly: false, timeoutMs: rungTimeoutMs, onRung: () => undefined}
    return await checkShare(place, settingsFor(served.server.port), options)
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
    const failed = (await check(scene)).rungs.find(({state}) => state === 'failed')
    expect({id: failed?.id, code: failed?.code}).toEqual({id, code})
  })
})

describe("the sandbox's own share-check without a URL", () => {
  const own = async (script: Script) => {
    const served = await serveMemoryShare(script)
    try {
      return await checkOwnExport(settingsFor(served.server.port), 500)
    } finally {
      await served.server.close()
    }
  }

  it('mounts the own export', async () => {
    expect(await own({})).toMatch(/^\/exports\/data can be mounted/)
  })

  it.each<[string, Script, RegExp]>([
    ['a refusal', {'MOUNT.MNT': () => mntStatus(13)}, /MNT3ERR_ACCES/],
    ['silence', {'NFS.FSINFO': () => 'silence'}, /did not answer within 500 ms/],
  ])('says why it cannot be mounted: %s', async (_what, script, words) => {
    await expect(own(script)).rejects.toThrow(words)
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

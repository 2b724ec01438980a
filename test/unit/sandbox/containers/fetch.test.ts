import path from 'node:path'
import {readdirSync, readFileSync} from 'node:fs'
import {afterEach, describe, expect, it} from '@jest/globals'
import {fetchNfsVolume, type NfsVolume} from '../../../../src/sandbox/containers/nfs-volume.js'
import {readManifest, scanDirectory} from '../../../../src/sandbox/containers/volume-manifest.js'
import {textOf} from '../../../../src/nfs/wire/byte-text.js'
import {serveMemoryShare, type ServedShare} from '../../../helpers/serve-memory-share.js'
import {makeTempDirectory} from '../../../helpers/temp-directory.js'

let served: ServedShare | undefined
afterEach(() => served?.server.close())

/** Fetches a volume of one file while `act` happens at the first READ, when the volume is mounted already. */
async function fetchWhile(
  act: () => void,
  options: Parameters<typeof fetchNfsVolume>[1],
  {also}: {readonly also?: string} = {},
): Promise<NfsVolume> {
  served = await serveMemoryShare((base) => ({
    ...base,
    'NFS.READ': (call) => {
      act()
      return base['NFS.READ']?.(call) ?? 'silence'
    },
  }))
  served.share.add('f', Buffer.from('content'))
  if (also !== undefined) served.share.add(also, Buffer.from('odd'))
  const {host, path: exportPath} = served.address
  const folder = await makeTempDirectory()
  const place = {directory: path.join(folder, 'copy'), manifest: path.join(folder, 'copy.json')}
  const volume = {host, exportPath, portmapPort: served.server.port, uid: 0, gid: 0, readOnly: false, ...place}
  await fetchNfsVolume(volume, options)
  return volume
}

describe('the copy of an NFS volume', () => {
  it('may take longer than its mount, which alone says whether the server is there', async () => {
    const mountLimit = new AbortController()
    const {directory} = await fetchWhile(() => mountLimit.abort(), {mountSignal: mountLimit.signal})
    expect(readFileSync(path.join(directory, 'f'), 'utf8')).toBe('content')
  })

  it('is noted with the digests of what is in it', async () => {
    const {directory, manifest} = await fetchWhile(() => undefined, {})
    expect(readManifest(manifest).entries).toEqual(scanDirectory(directory))
  })

  it('leaves out a name that is no UTF-8, and takes no other one for it', async () => {
    const odd = textOf(Buffer.from('caf\xe9', 'latin1'))
    const {directory} = await fetchWhile(() => undefined, {}, {also: odd})
    expect(readdirSync(directory)).toEqual(['f'])
  })

  it('ends with the limit of the whole', async () => {
    const limit = new AbortController()
    await expect(fetchWhile(() => limit.abort(), {signal: limit.signal})).rejects.toMatchObject({name: 'AbortError'})
  })
})

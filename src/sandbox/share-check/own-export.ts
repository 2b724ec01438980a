import {MOUNT3} from '../../nfs/wire/mount3.js'
import {NFS3} from '../../nfs/wire/nfs3.js'
import type {ShareCheckSettings} from './settings.js'
import {explain} from './trouble.js'
import {Visit} from './visit.js'

const ROOT = {flavor: 'sys', machine: 'vic', uid: 0, gid: 0, gids: [0]} as const

/**
 * Whether the container's own export can be mounted: the image's check without a URL.
 * @returns one line @throws Error with one line
 */
export async function checkOwnExport({own, portmapPort}: ShareCheckSettings, timeoutMs: number): Promise<string> {
  const {address, exportPath} = own
  const visit = new Visit({host: address, portmapPort, sourceAddress: address, timeoutMs})
  try {
    const mountdPort = await visit.ask('mountd')
    await visit.connect('mountd')
    const {handle} = await visit.value('mountd', MOUNT3.mnt, exportPath, ROOT)
    const nfsdPort = await visit.ask('nfsd')
    await visit.connect('nfsd')
    await visit.value('nfsd', NFS3.fsinfo, {handle}, ROOT)
    await visit.value('nfsd', NFS3.getattr, {handle}, ROOT)
    await visit.call('mountd', MOUNT3.umnt, exportPath, ROOT)
    return `${exportPath} can be mounted (mountd ${mountdPort}, nfsd ${nfsdPort})`
  } catch (error) {
    throw new Error(`${exportPath}: ${explain(error, visit.standpoint()).finding}`, {cause: error})
  } finally {
    visit.close('mountd', 'nfsd')
  }
}

import {listDirectory} from '../client/list-directory.js'
import {mount, unmount} from '../client/mount.js'
import {isNfsStatus} from '../client/nfs-status-error.js'
import type {Credential} from '../wire/rpc-message.js'
import {FILE_TYPE, KEEP_ATTRIBUTES} from '../wire/nfs3-attributes.js'
import {NFS3_STATUS} from '../wire/status.js'
import {checkAddress} from './check-address.js'
import * as climbing from './climb.js'
import type {Climb} from './climb.js'
import type {Diagnosis} from './diagnosis.js'
import type {RungId} from './report.js'
import {RUNG_TITLES} from './rung-titles.js'

/** The two folders of every NFS volume store (facts/vic-machine.md § 6.1). */
const VOLUMES = 'volumes'
const FOLDERS = [VOLUMES, 'volumes_metadata'] as const
const FOLDER_MODE = 0o755
/** Container VMs mount as root (facts/vic-machine.md § 6.2). */
const ROOT: Credential = {flavor: 'sys', machine: 'vic', uid: 0, gid: 0, gids: [0]}

/** What a share does wrong although every call succeeded. */
export class Finding extends Error {
  override readonly name = 'Finding'

  constructor(readonly diagnosis: Diagnosis) {
    super(diagnosis.finding)
  }
}

/** AUTH_SYS, and AUTH_NONE, of which servers that squash everybody speak. */
const UNIX_FLAVORS: readonly number[] = [0, 1]

/** One rung: its climb says what was found, or throws. */
export interface Step {
  readonly id: RungId
  readonly title: string
  /** Left out of the read-only form. */
  readonly changes: boolean
  climb(climb: Climb): Promise<string>
}

async function findMountd(climb: Climb): Promise<string> {
  const wrong = checkAddress(climb.address)
  if (wrong !== undefined) throw new Finding(wrong)
  return `mountd version 3 at port ${await climbing.findPort(climb, 'mountd')}`
}

/** A VCH sends AUTH_SYS and looks at no list of flavours; a server that names others only refuses it later on. */
function checkFlavors(flavors: readonly number[]): void {
  if (flavors.length === 0 || flavors.some((flavor) => UNIX_FLAVORS.includes(flavor))) return
  const finding = `mountd grants the mount for other credentials than AUTH_SYS only (flavours ${flavors.join(', ')}; 390003 to 390005 are Kerberos), and a VCH has no other`
  throw new Finding({code: 'VN-NFS-AUTH', finding, tries: []})
}

async function mountExport(climb: Climb): Promise<string> {
  checkFlavors(await climbing.mountRoot(climb))
  const from = climbing.sourceIsPrivileged(climb) ? 'a privileged' : 'an unprivileged'
  return `mount granted, asked from ${from} source port`
}

async function connectNfsd(climb: Climb): Promise<string> {
  const port = await climbing.findPort(climb, 'nfsd')
  climb.nfsd = await climbing.connectService(climb, 'nfsd')
  return `NFS version 3 at port ${port}`
}

async function readFsInfo(climb: Climb): Promise<string> {
  const {nfs, root} = climbing.mounted(climb)
  const info = await nfs.fsinfo({handle: root}, climbing.callOptions(climb))
  return `reads up to ${info.rtmax} bytes, writes up to ${info.wtmax}`
}

async function makeFolders(climb: Climb): Promise<string> {
  const {nfs, root} = climbing.mounted(climb)
  const findings: string[] = []
  for (const name of FOLDERS) {
    const args = {dir: root, name, attributes: {...KEEP_ATTRIBUTES, mode: FOLDER_MODE}}
    try {
      await nfs.mkdir(args, climbing.callOptions(climb))
      findings.push(`${name} made`)
    } catch (error) {
      if (!isNfsStatus(error, NFS3_STATUS.EXIST.number)) throw error
      findings.push(`${name} was there`)
    }
  }
  return findings.join(', ')
}

async function unmountRoot(climb: Climb): Promise<string> {
  await climbing.unmountRoot(climb)
  return 'unmounted'
}

async function openAgain(climb: Climb): Promise<string> {
  await climbing.findPort(climb, 'mountd')
  await climbing.mountRoot(climb)
  await connectNfsd(climb)
  await readFsInfo(climb)
  return 'the whole opening passed again'
}

/** LOOKUP of one folder. @returns its handle */
async function lookUpFolder(climb: Climb, name: string): Promise<Buffer> {
  const {nfs, root} = climbing.mounted(climb)
  const found = await nfs.lookup({dir: root, name}, climbing.callOptions(climb))
  const attributes =
    found.attributes ?? (await nfs.getattr({handle: found.handle}, climbing.callOptions(climb))).attributes
  if (attributes.type !== FILE_TYPE.directory) {
    const finding = `"${name}" in the export is not a folder; rename or remove it on the share`
    throw new Finding({code: 'VN-NFS-NOT-A-DIRECTORY', finding, tries: []})
  }
  return found.handle
}

async function lookUpFolders(climb: Climb): Promise<string> {
  for (const name of FOLDERS) await lookUpFolder(climb, name)
  return `${FOLDERS.join(' and ')} are folders`
}

async function listVolumes(climb: Climb): Promise<string> {
  const {nfs} = climbing.mounted(climb)
  const dir = await lookUpFolder(climb, VOLUMES)
  const entries = await listDirectory(nfs, dir, climbing.callOptions(climb))
  // `.` and `..` count too: the VCH's decoder reads all alike, and in an empty folder there is nothing else.
  const bare = entries.find((entry) => entry.attributes === undefined || entry.handle === undefined)
  if (bare !== undefined) {
    const lacking = bare.handle === undefined ? 'handle' : 'attributes'
    const finding = `READDIRPLUS brought "${bare.name}" without ${lacking}, which a VCH needs for every entry`
    throw new Finding({code: 'VN-NFS-READDIRPLUS-BARE', finding, tries: []})
  }
  const count = entries.filter(({name}) => name !== '.' && name !== '..').length
  return count === 1 ? '1 volume' : `${count} volumes`
}

async function mountSubfolder(climb: Climb): Promise<string> {
  await climbing.findPort(climb, 'mountd')
  const mountd = await climbing.connectService(climb, 'mountd')
  const path = `${climb.address.path.replace(/\/+$/, '')}/${VOLUMES}`
  try {
    await mount(mountd, path, {...climbing.callOptions(climb), credential: ROOT})
    await unmount(mountd, path, {...climbing.callOptions(climb), credential: ROOT})
  } finally {
    mountd.close()
  }
  return `${path} can be mounted`
}

const rung = (id: RungId, climb: Step['climb'], changes = true): Step => ({id, title: RUNG_TITLES[id], changes, climb})

/** The ladder of DESIGN § 3.4 in the order in which a VCH climbs it; the last rung is a container VM's. */
export const LADDER: readonly Step[] = [
  rung('portmap', findMountd, false),
  rung('mountd', mountExport, false),
  rung('nfsd', connectNfsd, false),
  rung('fsinfo', readFsInfo, false),
  rung('write', makeFolders),
  rung('unmount', unmountRoot, false),
  rung('remount', openAgain),
  rung('lookup', lookUpFolders),
  rung('readdirplus', listVolumes),
  rung('subfolder', mountSubfolder),
]

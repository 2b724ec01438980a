import {FILE_TYPE, KEEP_ATTRIBUTES} from '../../nfs/wire/nfs3-attributes.js'
import type {EntryPlus} from '../../nfs/wire/nfs3-results.js'
import {MOUNT3} from '../../nfs/wire/mount3.js'
import {NFS3} from '../../nfs/wire/nfs3.js'
import {NFS3_STATUS} from '../../nfs/wire/status.js'
import type {Credential} from '../../nfs/wire/rpc-message.js'
import type {StoreTarget} from '../endpoint-vm/store-session.js'
import {BadStatus, CheckFailure} from './trouble.js'
import type {Visit} from './visit.js'

const FOLDERS = ['volumes', 'volumes_metadata'] as const
const MODE = {...KEEP_ATTRIBUTES, mode: 0o755}
const UNIX_FLAVORS: readonly number[] = [0, 1]
const DIR_COUNT = 512
const MAX_COUNT = 4096
const MAX_ENTRIES = 100_000

/** A check on its way: the share, who asks, and the root's handle while it is mounted. */
export interface Check {
  readonly place: StoreTarget
  readonly visit: Visit
  root: Buffer
}

export interface CheckRung {
  readonly id: string
  readonly title: string
  /** Makes something on the share, or needs what was made. */
  readonly changes: boolean
  /** @returns what was found */
  readonly climb: (check: Check) => Promise<string>
}

export const vicUser = ({uid, gid}: Pick<StoreTarget, 'uid' | 'gid'>): Credential => {
  return {flavor: 'sys', machine: 'vic', uid, gid, gids: [0]}
}

async function askMountd({place, visit}: Check): Promise<string> {
  const {host, path} = place
  const port = host.startsWith('[') ? !host.endsWith(']') : host.split(':').length === 2
  if (port) throw new CheckFailure('VN-NFS-PORT-IN-URL', `address ${host}:111: too many colons in address`)
  if (/^\/*$/.test(path)) throw new CheckFailure('VN-NFS-ROOT-EXPORT', 'the root "/" cannot be a volume store')
  return `mountd version 3 at port ${await visit.ask('mountd')}`
}

async function mountRoot(check: Check): Promise<string> {
  const {place, visit} = check
  await visit.connect('mountd')
  const {handle, flavors} = await visit.value('mountd', MOUNT3.mnt, place.path, vicUser(place))
  if (flavors.length > 0 && !flavors.some((flavor) => UNIX_FLAVORS.includes(flavor))) {
    throw new CheckFailure('VN-NFS-AUTH', `the mount is granted for flavours ${flavors.join(', ')} only`)
  }
  check.root = handle
  return `mount granted, asked from ${visit.privileged ? 'a privileged' : 'an unprivileged'} source port`
}

async function connectNfsd({visit}: Check): Promise<string> {
  const port = await visit.ask('nfsd')
  await visit.connect('nfsd')
  return `NFS version 3 at port ${port}`
}

async function readLimits({place, visit, root}: Check): Promise<string> {
  const {rtmax, wtmax} = await visit.value('nfsd', NFS3.fsinfo, {handle: root}, vicUser(place))
  return `reads up to ${rtmax} bytes, writes up to ${wtmax}`
}

async function makeFolder({place, visit, root}: Check, name: string): Promise<string> {
  try {
    await visit.value('nfsd', NFS3.mkdir, {dir: root, name, attributes: MODE}, vicUser(place))
    return `${name} made`
  } catch (error) {
    if (error instanceof BadStatus && error.status === NFS3_STATUS.EXIST.number) return `${name} was there`
    throw error
  }
}

async function makeFolders(check: Check): Promise<string> {
  const made: string[] = []
  for (const name of FOLDERS) made.push(await makeFolder(check, name))
  return made.join(', ')
}

async function unmount({place, visit}: Check): Promise<string> {
  await visit.call('mountd', MOUNT3.umnt, place.path, vicUser(place))
  visit.close('mountd', 'nfsd')
  return 'unmounted'
}

async function openAgain(check: Check): Promise<string> {
  await check.visit.ask('mountd')
  for (const step of [mountRoot, connectNfsd, readLimits]) await step(check)
  return 'the whole opening passed again'
}

async function findFolder({place, visit, root}: Check, name: string): Promise<Buffer> {
  const who = vicUser(place)
  const {handle, attributes} = await visit.value('nfsd', NFS3.lookup, {dir: root, name}, who)
  const {type} = attributes ?? (await visit.value('nfsd', NFS3.getattr, {handle}, who)).attributes
  if (type !== FILE_TYPE.directory) throw new CheckFailure('VN-NFS-NOT-A-DIRECTORY', `"${name}" is not a folder`)
  return handle
}

async function findFolders(check: Check): Promise<string> {
  for (const name of FOLDERS) await findFolder(check, name)
  return `${FOLDERS.join(' and ')} are folders`
}

export const isNoDot = ({name}: EntryPlus): boolean => name !== '.' && name !== '..'

/** Every entry of a folder, `.` and `..` too, page by page to the end. */
export async function listFolder({place, visit}: Check, dir: Buffer): Promise<readonly EntryPlus[]> {
  const entries: EntryPlus[] = []
  let cookie = 0n
  let cookieVerifier: Buffer = Buffer.alloc(8)
  for (let seen = 0; seen <= MAX_ENTRIES;) {
    const args = {dir, cookie, cookieVerifier, dirCount: DIR_COUNT, maxCount: MAX_COUNT}
    const page = await visit.value('nfsd', NFS3.readdirplus, args, vicUser(place))
    entries.push(...page.entries)
    if (page.eof) return entries
    const last = page.entries.at(-1)
    if (last === undefined || last.cookie === cookie) break
    seen += page.entries.length
    cookie = last.cookie
    cookieVerifier = page.cookieVerifier
  }
  throw new CheckFailure('VN-NFS-GARBAGE', 'READDIRPLUS comes to no end')
}

async function mountSubfolder({place, visit}: Check): Promise<string> {
  const path = `${place.path.replace(/\/+$/, '')}/${FOLDERS[0]}`
  const root = vicUser({uid: 0, gid: 0})
  await visit.ask('mountd')
  visit.close('mountd')
  await visit.connect('mountd')
  await visit.value('mountd', MOUNT3.mnt, path, root)
  await visit.call('mountd', MOUNT3.umnt, path, root)
  return `${path} can be mounted`
}

const rung = (id: string, title: string, climb: CheckRung['climb'], changes = true): CheckRung => {
  return {id, title, climb, changes}
}

async function listVolumes(check: Check): Promise<string> {
  const entries = await listFolder(check, await findFolder(check, FOLDERS[0]))
  const bare = entries.find(({handle, attributes}) => handle === undefined || attributes === undefined)
  if (bare !== undefined) {
    const finding = `READDIRPLUS brought "${bare.name}" without attributes or handle`
    throw new CheckFailure('VN-NFS-READDIRPLUS-BARE', finding)
  }
  const {length} = entries.filter(isNoDot)
  return length === 1 ? '1 volume' : `${length} volumes`
}

/** The calls of a booting VCH (facts/vic-machine.md § 6.1) and a container VM's mount, rung by rung. */
export const CHECK_RUNGS: readonly CheckRung[] = [
  rung('portmap', 'Ask the port mapper for mountd', askMountd, false),
  rung('mountd', 'Mount the export', mountRoot, false),
  rung('nfsd', 'Connect to NFS version 3', connectNfsd, false),
  rung('fsinfo', 'Read the limits of the file system', readLimits, false),
  rung('write', 'Make the folders of a volume store', makeFolders),
  rung('unmount', 'Unmount', unmount, false),
  rung('remount', 'Mount once more', openAgain),
  rung('lookup', 'Find the folders', findFolders),
  rung('readdirplus', 'List the volumes', listVolumes),
  rung('subfolder', 'Mount a folder below the export', mountSubfolder),
]

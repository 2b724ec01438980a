import type {Work} from '../../engine/work.js'
import {checkDirectoryName, PREFLIGHT_FOLDERS, TAKEN_NAMES} from '../../model/directory-name.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import type {ShareSession} from '../../nfs/share-access.js'
import type {Adapters} from '../adapters.js'
import {journalled} from '../../journal/journalled.js'
import {readFolderRecord} from './folder-record.js'
import {hostAddresses} from './host-addresses.js'
import {onShare, readRecord} from './record.js'
import {pathRelation} from './store-place.js'

const DIRECTORY_MODE = 0o755

/** Refuses a directory on a share whose root is a store already. @throws VN-ROOT-OR-DIRECTORIES */
async function refuseUsedRoot(session: ShareSession, name: string): Promise<void> {
  const record = await readRecord(session)
  const volumes = (await session.list('volumes_metadata')) ?? []
  if (record === undefined && volumes.length === 0) return
  throw new VicnfsError(
    'VN-ROOT-OR-DIRECTORIES',
    `The root of this share is a store already, so "${name}" cannot be one, too.`,
    {
      reason: 'Give each consumer VCH a directory from the start, or a share of its own.',
    },
  )
}

/** The error for the root of a share that has directories with consumers of their own. */
export function rootBesideDirectory(name: string, context: {readonly tries?: readonly string[]} = {}): VicnfsError {
  return new VicnfsError(
    'VN-ROOT-OR-DIRECTORIES',
    `The directory "${name}" of this share is a store, so its root cannot be one, too.`,
    {reason: 'This VCH needs a directory of its own, too: give it one with --directory.', ...context},
  )
}

/**
 * Refuses the root of a share that has directories with consumers of their own.
 * @throws VN-ROOT-OR-DIRECTORIES, VN-FOLDER-CLOSED
 */
export async function refuseUsedDirectories(
  adapters: Adapters,
  place: ShareAddress,
  options: {readonly session: ShareSession; readonly signal: AbortSignal},
): Promise<void> {
  const {session} = options
  const entries = (await session.list('')) ?? []
  for (const entry of entries.filter((each) => each.isDirectory && !TAKEN_NAMES.has(each.name))) {
    if ((await readFolderRecord(adapters, place, {...options, entry})) === undefined) continue
    throw rootBesideDirectory(entry.name)
  }
}

/**
 * Refuses the root of a share and a directory of it in one registration: neither is a store yet, so that no look at the
 * share could tell. @throws VN-ROOT-OR-DIRECTORIES
 */
export async function refuseRootBesideDirectory(
  wishes: readonly {readonly label: string; readonly place: ShareAddress}[],
  options: {readonly signal: AbortSignal},
): Promise<void> {
  const hosts = await Promise.all(wishes.map(({place}) => hostAddresses([place.host], options)))
  const isOneHost = (a: number, b: number): boolean => hosts[a]?.some((address) => hosts[b]?.includes(address)) ?? false
  for (const [index, root] of wishes.entries()) {
    const within = wishes.find(
      ({place}, other) => pathRelation(place.path, root.place.path) === 'below' && isOneHost(index, other),
    )
    if (within === undefined) continue
    throw new VicnfsError(
      'VN-ROOT-OR-DIRECTORIES',
      `"${root.label}" would be the root of the share that "${within.label}" is a directory of.`,
      {reason: `${within.place.path} lies in ${root.place.path}: give each store a directory of its own.`},
    )
  }
}

/** The place of a directory on a share. @throws VN-SETTING-BAD */
export function placeInDirectory(root: ShareAddress, name: string): ShareAddress {
  checkDirectoryName(name)
  return {...root, path: `${root.path.replace(/\/+$/, '')}/${name}`}
}

/** Refuses early, with a look only, what making the directory would refuse. @throws VN-ROOT-OR-DIRECTORIES, VN-NFS-SHARE-… */
export async function admitDirectory(
  adapters: Adapters,
  root: ShareAddress,
  options: {readonly name: string; readonly work: Work},
): Promise<void> {
  const {name, work} = options
  await work.step('root', 'Look whether the root of the share is a store', async (step) => {
    await onShare(adapters, root, {signal: step.signal, body: (session) => refuseUsedRoot(session, name)})
    step.unchanged('it is none')
  })
}

/** Takes back a directory that this run made, with the two folders of the preflight in it, unless something is in them. */
async function removeEmptyDirectory(session: ShareSession, name: string): Promise<void> {
  const within = ((await session.list(name)) ?? []).map((entry) => `${name}/${entry.name}`)
  const ours = new Set(PREFLIGHT_FOLDERS.map((folder) => `${name}/${folder}`))
  if (!within.every((path) => ours.has(path))) return
  for (const path of within) if (((await session.list(path)) ?? []).length > 0) return
  for (const path of [...within, name]) await session.removeDirectory(path)
}

/**
 * Makes a directory of its own for one of several consumer VCHs, through NFS (DESIGN § 5); undone while it is empty.
 * @throws VN-ROOT-OR-DIRECTORIES, VN-NFS-SHARE-…
 */
export async function makeShareDirectory(
  adapters: Adapters,
  root: ShareAddress,
  options: {readonly name: string; readonly keys: readonly string[]; readonly work: Work},
): Promise<void> {
  const {name, keys, work} = options
  await work.step('directory', `Make the directory "${name}" on the share`, async (step) => {
    const body = async (session: ShareSession): Promise<void> => {
      await refuseUsedRoot(session, name)
      if (((await session.list('')) ?? []).some((entry) => entry.name === name)) {
        step.unchanged('it is there')
        return
      }
      step.undo('remove the directory, if it is empty', ({signal}) =>
        onShare(adapters, root, {signal, body: (again) => removeEmptyDirectory(again, name)}),
      )
      const change = {action: 'directory-make', keys, data: {root, name}}
      await journalled(adapters.journal, change, () => session.makeDirectory(name, DIRECTORY_MODE))
    }
    await onShare(adapters, root, {signal: step.signal, body})
  })
}

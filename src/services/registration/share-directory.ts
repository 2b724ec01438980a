import type {Work} from '../../engine/work.js'
import {RECORD_FOLDER} from '../../model/consumer-record.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {ShareSession} from '../../nfs/share-access.js'
import type {Adapters} from '../adapters.js'
import type {FoundShare} from './find-share.js'
import {onShare, readRecord} from './record.js'

const TAKEN = new Set(['volumes', 'volumes_metadata', RECORD_FOLDER])
const DIRECTORY_MODE = 0o755

function checkName(name: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name) && !TAKEN.has(name)) return
  throw new VicnfsError('VN-SETTING-BAD', `"${name}" cannot be the directory of a consumer VCH.`, {
    reason:
      'Letters, digits, "_", "." and "-", with a letter or digit first; volumes and volumes_metadata are VIC\'s own.',
  })
}

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

/** Refuses the root of a share that has directories with consumers of their own. @throws VN-ROOT-OR-DIRECTORIES */
export async function refuseUsedDirectories(session: ShareSession): Promise<void> {
  const entries = (await session.list('')) ?? []
  for (const entry of entries.filter((each) => each.isDirectory && !TAKEN.has(each.name))) {
    if ((await readRecord(session, entry.name)) === undefined) continue
    throw new VicnfsError(
      'VN-ROOT-OR-DIRECTORIES',
      `The directory "${entry.name}" of this share is a store, so its root cannot be one, too.`,
      {
        tries: ['the same command with --directory NAME'],
      },
    )
  }
}

/**
 * Narrows a share to a directory of its own for one of several consumer VCHs, made through NFS (DESIGN § 5).
 * @param options.look only says what the place would be, and makes nothing
 * @throws VN-ROOT-OR-DIRECTORIES, VN-SETTING-BAD, VN-NFS-SHARE-…
 */
export async function inDirectory(
  adapters: Adapters,
  found: FoundShare,
  options: {readonly name: string; readonly look: boolean; readonly work: Work},
): Promise<FoundShare> {
  const {name, look, work} = options
  checkName(name)
  const place = {...found.place, path: `${found.place.path.replace(/\/+$/, '')}/${name}`}
  if (look) return {...found, place}
  return work.step('directory', `Make the directory "${name}" on the share`, async (step) => {
    await onShare(adapters, found.place, {
      signal: step.signal,
      body: async (session) => {
        await refuseUsedRoot(session, name)
        await session.makeDirectory(name, DIRECTORY_MODE)
      },
    })
    step.note(place.path)
    return {...found, place}
  })
}

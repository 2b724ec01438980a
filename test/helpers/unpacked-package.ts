import {execFile} from 'node:child_process'
import {existsSync} from 'node:fs'
import {mkdtemp, rename, rm} from 'node:fs/promises'
import path from 'node:path'
import {promisify} from 'node:util'

import {unpackPackage} from './debian-packages.js'
import {privateCache} from './private-cache.js'

const execute = promisify(execFile)

/** A package of Debian that is unpacked and not installed. */
export interface UnpackedPackage {
  readonly folder: string
  readonly version: string
}

/**
 * A package as this machine's package lists have it, unpacked once and kept.
 * @param names the same program's packages in different releases of Debian; the first one that there is
 * @throws Error when this is not root on Debian, or none of them can be fetched
 */
export async function unpackedPackage(names: readonly string[]): Promise<UnpackedPackage> {
  const cache = await privateCache('packages')
  const folderOf = (version: string) => path.join(cache, `${names[0] ?? ''}_${version.replace(/[^\w.-]/g, '_')}`)
  for (const name of names) {
    const version = await listedVersion(name)
    if (version !== undefined && existsSync(folderOf(version))) return {folder: folderOf(version), version}
  }
  const fresh = await mkdtemp(path.join(cache, 'new-'))
  try {
    const version = await unpackPackage(names, fresh)
    const folder = folderOf(version)
    // It comes into being whole; another process may have made it meanwhile.
    await rename(fresh, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error
    })
    return {folder, version}
  } finally {
    await rm(fresh, {recursive: true, force: true})
  }
}

async function listedVersion(name: string): Promise<string | undefined> {
  const {stdout} = await execute('apt-cache', ['show', '--no-all-versions', name]).catch(() => ({stdout: ''}))
  return /^Version: (\S+)$/m.exec(stdout)?.[1]
}

// The program as a package holds it: with oclif's manifest of all commands, which a clone has not.
import {spawnSync} from 'node:child_process'
import {cp, mkdtemp, rm, symlink} from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Hands over the start script of such a copy, which is gone afterwards. */
export async function withInstalledCopy(use) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'vicnfs-bench-'))
  try {
    for (const name of ['bin', 'dist', 'package.json'])
      await cp(path.join(ROOT, name), path.join(folder, name), {recursive: true})
    await symlink(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'))
    const oclif = path.join(ROOT, 'node_modules', 'oclif', 'bin', 'run.js')
    const {status} = spawnSync(process.execPath, [oclif, 'manifest'], {
      cwd: folder,
      env: {...process.env, OCLIF_SKIP_NEW_VERSION_CHECK: 'true'},
      stdio: ['ignore', 'ignore', 2],
    })
    if (status !== 0) throw new Error(`oclif manifest ended with ${status}`)
    return await use(path.join(folder, 'bin', 'run.js'))
  } finally {
    await rm(folder, {recursive: true, force: true})
  }
}

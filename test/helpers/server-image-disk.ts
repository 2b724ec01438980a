import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {existsSync} from 'node:fs'
import {rm} from 'node:fs/promises'
import path from 'node:path'

import {makeImageDisk} from '../../src/sandbox/vm/disks/root-disk.js'
import {makeDebianBase} from './debian-base.js'
import {openDockerEngine, type DockerEngine} from './docker-engine.js'
import {privateCache, removeOld} from './private-cache.js'
import {serverImageState} from './server-image-state.js'

/**
 * The disk of the server image, from a container of it that a private Docker Engine exports; made once for each state
 * of image/ and of Debian's base.
 * @returns a raw ext4 image, which nobody may change
 */
export async function serverImageDisk(): Promise<string> {
  const [folder, base] = [await privateCache('vm'), await makeDebianBase()]
  const file = path.join(folder, `server-${await serverImageState(base.key)}.img`)
  if (existsSync(file)) return file
  await removeOld(folder, 'server-')
  const engine = await openDockerEngine()
  try {
    await exportImage(engine, file)
  } finally {
    await engine.close()
  }
  return file
}

async function exportImage(engine: DockerEngine, file: string): Promise<void> {
  const id = await engine.dockerSays('create', await engine.buildServerImage())
  const exported = spawn('/usr/bin/docker', ['export', id], {env: engine.env, stdio: ['ignore', 'pipe', 'inherit']})
  const ended = once(exported, 'close') as Promise<[number | null]>
  await makeImageDisk(exported.stdout, file)
  const [exitCode] = await ended
  if (exitCode === 0) return
  // Half an archive may look like a whole one.
  await rm(file)
  throw new Error(`docker export ended with ${String(exitCode)}`)
}

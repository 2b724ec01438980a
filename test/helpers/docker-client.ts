import {execFile} from 'node:child_process'
import {existsSync} from 'node:fs'
import path from 'node:path'
import {promisify} from 'node:util'

import {isInstalled} from './debian-packages.js'
import {unpackedPackage} from './unpacked-package.js'

const execute = promisify(execFile)
/** The client is a package of its own from Debian 13 on. */
const NAMES = ['docker-cli', 'docker.io']
const INSTALLED = '/usr/bin/docker'

/** Debian's docker CLI. */
export interface DockerClient {
  readonly program: string
  /** Of the package. */
  readonly version: string
}

/**
 * The one that is installed, else one that is unpacked: only the client is wanted, and installed, docker.io starts an
 * Engine and replaces one of another vendor.
 * @throws Error when this is not root on Debian, or it cannot be fetched
 */
export async function dockerClient(): Promise<DockerClient> {
  for (const name of NAMES) {
    if (!existsSync(INSTALLED) || !(await isInstalled(name))) continue
    const {stdout} = await execute('dpkg-query', ['--show', '--showformat=${Version}', name])
    return {program: INSTALLED, version: stdout}
  }
  const {folder, version} = await unpackedPackage(NAMES)
  return {program: path.join(folder, 'usr/bin/docker'), version}
}

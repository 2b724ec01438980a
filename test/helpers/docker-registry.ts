import {execFile, spawn, type ChildProcess} from 'node:child_process'
import {once} from 'node:events'
import {writeFile} from 'node:fs/promises'
import path from 'node:path'
import {promisify} from 'node:util'

import {needPackages} from './debian-packages.js'
import {PACKAGES} from './packages.js'
import {unpackedPackage, type UnpackedPackage} from './unpacked-package.js'

const execute = promisify(execFile)

/** Debian's docker-registry (distribution 2.x), started by us on one address. */
export interface DockerRegistry {
  /** Host and port, as it stands in a reference. */
  readonly name: string
  readonly version: string
  close(): Promise<void>
}

export interface RegistryOptions {
  /** Empty and its own. */
  readonly directory: string
  readonly host?: string
  /** Without it everybody may push. */
  readonly login?: {readonly username: string; readonly password: string}
}

/** The program; installed, the package would start a service. @throws Error when it cannot be fetched */
export const registryPackage = (): Promise<UnpackedPackage> => unpackedPackage(['docker-registry'])

/** Starts it on a free port. @throws Error when this is not root on Debian, or it does not come up */
export async function startDockerRegistry(options: RegistryOptions): Promise<DockerRegistry> {
  const {directory, host = '127.0.0.1', login} = options
  const {folder, version} = await registryPackage()
  const file = path.join(directory, 'config.json')
  const auth = login === undefined ? {} : {auth: {htpasswd: {realm: 'e2e', path: await htpasswd(directory, login)}}}
  const storage = {filesystem: {rootdirectory: path.join(directory, 'storage')}}
  // JSON is YAML.
  await writeFile(file, JSON.stringify({version: 0.1, storage, http: {addr: `${host}:0`}, ...auth}))
  const child = spawn(path.join(folder, 'usr/bin/docker-registry'), ['serve', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {PATH: '/usr/bin:/bin'},
  })
  return {name: `${host}:${await listeningPort(child)}`, version, close: () => stop(child)}
}

/** What it says later is read, too: a pipe that is full would hold it up. */
function listeningPort(child: ChildProcess): Promise<string> {
  let said = ''
  return new Promise((resolve, reject) => {
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const port = /listening on \S+:(\d+)[^\d]/.exec(said)?.[1]
      if (port !== undefined) resolve(port)
    })
    child.once('error', reject)
    child.once('close', () => reject(new Error(`docker-registry did not come up: ${said}`)))
  })
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

/** The registry takes bcrypt only, which crypt(3) of Debian has; perl asks it. */
async function htpasswd(
  directory: string,
  {username, password}: {readonly username: string; readonly password: string},
): Promise<string> {
  await needPackages(PACKAGES.registry)
  const salt = '$2b$05$abcdefghijklmnopqrstuu'
  const {stdout} = await execute('perl', ['-e', 'print crypt($ENV{WORD}, $ENV{SALT})'], {
    env: {PATH: '/usr/bin:/bin', WORD: password, SALT: salt},
  })
  if (!stdout.startsWith('$2b$')) throw new Error('crypt(3) has no bcrypt here')
  const file = path.join(directory, 'htpasswd')
  await writeFile(file, `${username}:${stdout}\n`)
  return file
}

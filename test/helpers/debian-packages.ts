import {execFile} from 'node:child_process'
import {existsSync} from 'node:fs'
import {chmod, readdir, readFile, rename, rm, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {promisify} from 'node:util'

import {withMachineLock} from './machine-lock.js'
import {portMappers} from './port-mappers.js'

const execute = promisify(execFile)

const APT_GET = '/usr/bin/apt-get'
const ENVIRONMENT = {...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C'}
/** Other package managers on a new machine are waited for; packages are fetched as root into folders of root. */
const SETTINGS = ['DPkg::Lock::Timeout=600', 'Acquire::Retries=3', 'APT::Sandbox::User=root', 'Dpkg::Use-Pty=0']

/** Why packages of Debian cannot be had here; undefined when they can. */
export function packagesObstacle(): string | undefined {
  if (!existsSync('/etc/debian_version') || !existsSync(APT_GET)) return 'this is no Debian system'
  if (process.getuid?.() !== 0) return 'only root may install packages of Debian'
  return undefined
}

/** Those of the packages that are not installed. */
export async function missingPackages(names: readonly string[]): Promise<readonly string[]> {
  const areInstalled = await Promise.all(names.map(isInstalled))
  return names.filter((_name, index) => areInstalled[index] === false)
}

/**
 * Installs those of the packages that are missing, without what they merely recommend; no service is started by it.
 * @throws Error when this is not root on Debian, apt-get fails, or a service has been started
 */
export async function needPackages(names: readonly string[]): Promise<void> {
  if ((await missingPackages(names)).length === 0) return
  demandDebian()
  // Two at once would take each other's policy away.
  await withMachineLock('packages', async () => {
    const missing = await missingPackages(names)
    if (missing.length === 0) return
    const before = await portMappers()
    await withoutServiceStarts(() =>
      withFreshLists(() => aptGet(['install', '-y', '--no-install-recommends', ...missing])),
    )
    const started = (await portMappers()).filter((pid) => !before.includes(pid))
    if (started.length > 0) throw new Error(`packages have started a port mapper: process ${started.join(', ')}`)
  })
}

/**
 * Unpacks one package into a folder and installs nothing: for programs whose package brings a daemon along, or
 * quarrels with what the machine has.
 * @param names the same program's packages in different releases of Debian; the first one that there is
 * @returns the version of the package
 * @throws Error when this is not root on Debian, or none of them can be fetched
 */
export async function unpackPackage(names: readonly string[], directory: string): Promise<string> {
  demandDebian()
  await withFreshLists(() => download(names, directory))
  const file = (await readdir(directory)).find((entry) => entry.endsWith('.deb'))
  if (file === undefined) throw new Error(`apt-get fetched nothing into ${directory}`)
  const archive = path.join(directory, file)
  await execute('dpkg-deb', ['--extract', archive, directory])
  const {stdout} = await execute('dpkg-deb', ['--field', archive, 'Version'])
  await rm(archive)
  return stdout.trim()
}

function demandDebian(): void {
  const obstacle = packagesObstacle()
  if (obstacle !== undefined) throw new Error(`Packages of Debian cannot be had: ${obstacle}.`)
}

/** Whether a package is installed. */
export async function isInstalled(name: string): Promise<boolean> {
  try {
    const {stdout} = await execute('dpkg-query', ['--show', '--showformat=${db:Status-Status}', name])
    return stdout === 'installed'
  } catch {
    return false
  }
}

async function aptGet(words: readonly string[], cwd = '/'): Promise<void> {
  const settings = SETTINGS.flatMap((setting) => ['-o', setting])
  await execute(APT_GET, ['-q', ...settings, ...words], {cwd, env: ENVIRONMENT, maxBuffer: 64 * 1024 * 1024})
}

async function download(names: readonly string[], directory: string): Promise<void> {
  const failures: unknown[] = []
  for (const name of names) {
    try {
      await aptGet(['download', name], directory)
      return
    } catch (error) {
      failures.push(error)
    }
  }
  throw new AggregateError(failures, failures.map(String).join('\n'))
}

/** A new machine has no package lists, an old one has lists of packages that are gone: then, and only then, new ones. */
async function withFreshLists(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch {
    // One unreachable source of many fails the update, and may not be the one that is needed.
    const updated = await aptGet(['update']).then(
      () => 'after an update of the package lists',
      (error: unknown) => `and the update of the package lists failed too: ${String(error)}`,
    )
    await work().catch((error: unknown) => {
      throw new Error(`apt-get failed, ${updated}: ${String(error)}`, {cause: error})
    })
  }
}

const POLICY = '/usr/sbin/policy-rc.d'
const ASIDE = `${POLICY}.before-vicnfs-e2e`
const DENYING_POLICY =
  '#!/bin/sh\n# Of vicnfs, npm run test:e2e: packages that it installs start no service.\nexit 101\n'

/** Debian asks this script before a package starts a service (policy-rc.d(8)); the machine's own one comes back. */
async function withoutServiceStarts(work: () => Promise<void>): Promise<void> {
  // Left behind by a run that was killed.
  if ((await readFile(POLICY, 'utf8').catch(() => '')) === DENYING_POLICY) await restorePolicy()
  if (existsSync(POLICY)) await rename(POLICY, ASIDE)
  try {
    await writeFile(POLICY, DENYING_POLICY)
    await chmod(POLICY, 0o755)
    await work()
  } finally {
    await restorePolicy()
  }
}

async function restorePolicy(): Promise<void> {
  await rm(POLICY, {force: true})
  if (existsSync(ASIDE)) await rename(ASIDE, POLICY)
}

import {execFile} from 'node:child_process'
import {createHash} from 'node:crypto'
import {existsSync} from 'node:fs'
import {readFile, rename, rm, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {promisify} from 'node:util'

import {needPackages} from './debian-packages.js'
import {PACKAGES} from './packages.js'
import {privateCache} from './private-cache.js'

const execute = promisify(execFile)

/** What an image of Debian's "slim" kind leaves out. */
const SLIM = [
  'path-exclude=/usr/share/man/*',
  'path-exclude=/usr/share/doc/*',
  'path-include=/usr/share/doc/*/copyright',
  'path-exclude=/usr/share/locale/*',
]
const WITHOUT_LISTS = '--customize-hook=rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*.bin'

/** The root file system of a small Debian of this machine's own release, made from its own apt sources. */
export interface DebianBase {
  /** `debian:bookworm-slim`, by the release of this machine. */
  readonly reference: string
  /** Changes with the sources and with how it is made. */
  readonly key: string
  readonly tar: string
}

/** Makes the base, or takes the one that an earlier run on this machine made. @throws Error when this is not root on Debian */
export async function makeDebianBase(): Promise<DebianBase> {
  await needPackages(PACKAGES.debianBase)
  const release = await codename()
  const sources = await aptSources(release)
  const key = createHash('sha256')
    .update(JSON.stringify([sources, SLIM, WITHOUT_LISTS]))
    .digest('hex')
    .slice(0, 16)
  const folder = await privateCache('debian')
  const tar = path.join(folder, `${release}-${key}.tar`)
  if (!existsSync(tar)) await bootstrap(tar, {release, sources})
  return {reference: `debian:${release}-slim`, key, tar}
}

/** Made under another name first, so that a run which is cut off leaves no half base behind. */
async function bootstrap(
  tar: string,
  {release, sources}: {readonly release: string; readonly sources: string},
): Promise<void> {
  const [making, list] = [`${tar}.${process.pid}.tar`, `${tar}.${process.pid}.list`]
  try {
    await writeFile(list, sources)
    const options = ['--variant=minbase', ...SLIM.map((line) => `--dpkgopt=${line}`), WITHOUT_LISTS]
    await execute('mmdebstrap', ['--quiet', ...options, release, making, list], {maxBuffer: 64 * 1024 * 1024})
    await rename(making, tar)
  } finally {
    for (const file of [making, list]) await rm(file, {force: true})
  }
}

async function codename(): Promise<string> {
  const release = /^VERSION_CODENAME=(\w+)$/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1]
  if (release === undefined) throw new Error('/etc/os-release does not say which release this is')
  return release
}

/** Of what this machine installs from, that which is Debian's: suites named by the release. */
async function aptSources(release: string): Promise<string> {
  const format = '$(REPO_URI) $(RELEASE) $(COMPONENT)'
  const {stdout} = await execute('apt-get', ['indextargets', '--format', format, 'Created-By: Packages'])
  const ofRelease = stdout.split('\n').filter((line) => (line.split(' ')[1] ?? '').startsWith(release))
  const lines = [...new Set(ofRelease)].sort().map((line) => `deb ${line}\n`)
  if (lines.length === 0) throw new Error(`apt has no sources of Debian ${release}`)
  return lines.join('')
}

import {mkdir, mkdtemp, readdir, rename, rm, stat} from 'node:fs/promises'
import path from 'node:path'

import {VicnfsError} from '../../../model/vicnfs-error.js'
import {runTool, toolEnd} from '../run-tool.js'

/** A Linux kernel, unpacked. */
export interface GuestKernel {
  /** As `uname -r` prints it. */
  readonly release: string
  readonly image: string
  /** The folder `lib/modules/<release>`. */
  readonly modules: string
}

const META_PACKAGE = 'linux-image-cloud-amd64'
// Root's own folders are closed to the user that apt-get fetches as.
const APT_SETTINGS = ['-q', '-o', 'APT::Sandbox::User=root', '-o', 'Acquire::Retries=3']

/**
 * Debian's kernel for virtual machines, from the system's own package sources, kept in a folder by its version. It is
 * unpacked, never installed (facts/nfs-server.md § 6).
 * @param cache folder of ours that survives
 * @throws VN-SANDBOX-VM-TOOL when this is no Debian, or the package cannot be fetched; the signal's reason when aborted
 */
export async function fetchKernel(cache: string, {signal}: {readonly signal?: AbortSignal} = {}): Promise<GuestKernel> {
  const {name, version} = await findPackage(signal)
  const folder = path.join(cache, `${name}_${version.replaceAll(':', '.')}`)
  if (!(await isThere(folder))) await unpack(name, folder, {signal})
  return kernelIn(folder)
}

async function kernelIn(folder: string): Promise<GuestKernel> {
  const [release = ''] = await readdir(path.join(folder, 'lib/modules'))
  const image = path.join(folder, 'boot', `vmlinuz-${release}`)
  return {release, image, modules: path.join(folder, 'lib/modules', release)}
}

/** The package that holds the kernel, by the lists that the machine has; new lists where there are none. */
async function findPackage(signal: AbortSignal | undefined): Promise<{name: string; version: string}> {
  const find = async () => {
    const {stdout} = await toolEnd('apt-cache', ['depends', META_PACKAGE], {signal})
    const name = /Depends: (\S+)/.exec(stdout)?.[1]
    if (name === undefined) return undefined
    const shown = await toolEnd('apt-cache', ['show', '--no-all-versions', name], {signal})
    const version = /^Version: (\S+)$/m.exec(shown.stdout)?.[1]
    return version === undefined ? undefined : {name, version}
  }
  const known = await find()
  if (known !== undefined) return known
  await runTool('apt-get', [...APT_SETTINGS, 'update'], {signal})
  const found = await find()
  if (found !== undefined) return found
  throw new VicnfsError('VN-SANDBOX-VM-TOOL', `The package sources of this machine have no package ${META_PACKAGE}.`)
}

/** The folder comes into being whole: another process may look for it meanwhile, or make it too. */
async function unpack(name: string, folder: string, {signal}: {signal: AbortSignal | undefined}): Promise<void> {
  await mkdir(path.dirname(folder), {recursive: true})
  const fresh = await mkdtemp(`${folder}.new-`)
  try {
    await download(name, fresh, {signal})
    const archive = (await readdir(fresh)).find((entry) => entry.endsWith('.deb')) ?? ''
    await runTool('dpkg-deb', ['--extract', path.join(fresh, archive), fresh], {signal})
    await rm(path.join(fresh, archive))
    const {release} = await kernelIn(fresh)
    await runTool('depmod', ['--basedir', fresh, release], {signal})
    await rename(fresh, folder).catch(async (error: unknown) => {
      if (!(await isThere(folder))) throw error
    })
  } finally {
    await rm(fresh, {recursive: true, force: true})
  }
}

async function download(name: string, folder: string, {signal}: {signal: AbortSignal | undefined}): Promise<void> {
  const options = {cwd: folder, signal}
  const {exitCode} = await toolEnd('apt-get', [...APT_SETTINGS, 'download', name], options)
  if (exitCode === 0) return
  // Old lists name versions that are gone.
  await runTool('apt-get', [...APT_SETTINGS, 'update'], {signal})
  await runTool('apt-get', [...APT_SETTINGS, 'download', name], options)
}

const isThere = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  )

import {chmod, copyFile, cp, mkdir, mkdtemp, rename, rm} from 'node:fs/promises'
import path from 'node:path'

import {programFile} from '../../../model/installation.js'
import {copyModules} from '../kernel/copy-modules.js'
import type {GuestKernel} from '../kernel/fetch-kernel.js'
import {runTool} from '../run-tool.js'

const guestFile = (name: string): string => programFile(`src/sandbox/vm/guest/${name}`)

/** Of Debian's package busybox-static. */
const BUSYBOX = '/bin/busybox'
const PERL = '/usr/bin/perl'
const PACK = 'find . -mindepth 1 | cpio --quiet --create --format=newc --owner=0:0 | gzip --fast > "$0"'

/**
 * The initial RAM disk of container VMs: modules, busybox, and PID 1 with a Perl of its own, so that a container needs
 * to have neither.
 * @param file what is made; it comes into being whole
 * @throws VN-SANDBOX-VM-TOOL
 */
export async function makeInitrd(
  kernel: GuestKernel,
  file: string,
  {signal}: {readonly signal?: AbortSignal | undefined} = {},
): Promise<void> {
  const root = await mkdtemp(`${file}.new-`)
  const packed = `${root}.gz`
  try {
    await copyModules(kernel, root, {signal})
    await copyPrograms(root, signal)
    await runTool('sh', ['-c', PACK, packed], {cwd: root, signal})
    await rename(packed, file)
  } finally {
    for (const left of [root, packed]) await rm(left, {recursive: true, force: true})
  }
}

async function copyPrograms(root: string, signal: AbortSignal | undefined): Promise<void> {
  const perl = path.join(root, 'tether/perl')
  for (const folder of ['bin', 'tether/perl/lib']) await mkdir(path.join(root, folder), {recursive: true})
  await copyFile(BUSYBOX, path.join(root, 'bin/busybox'))
  await copyFile(BUSYBOX, path.join(root, 'tether/busybox'))
  await copyFile(guestFile('init.sh'), path.join(root, 'init'))
  await chmod(path.join(root, 'init'), 0o755)
  for (const name of ['tether.pl', 'bring-up.pl']) await copyFile(guestFile(name), path.join(root, 'tether', name))
  await copyFile(PERL, path.join(perl, 'perl'))
  const {loader, libraries} = readLibraries(await runTool('ldd', [PERL], {signal}))
  await copyFile(loader, path.join(perl, 'loader'))
  for (const library of libraries) await copyFile(library, path.join(perl, 'lib', path.basename(library)))
  const base = await perlFolder(signal)
  // Its tables of Unicode are most of it.
  await cp(base, path.join(perl, 'base'), {recursive: true, filter: (source) => path.basename(source) !== 'unicore'})
}

/** ldd(1): `name => file (address)`, and the loader as a path alone. */
function readLibraries(output: string): {loader: string; libraries: readonly string[]} {
  const libraries = [...output.matchAll(/=> (\/\S+)/g)].map(([, file = '']) => file)
  const loader = /^\s*(\/\S+)/m.exec(output)?.[1] ?? ''
  return {loader, libraries}
}

/** The modules of perl-base, which Debian has on every machine. */
async function perlFolder(signal: AbortSignal | undefined): Promise<string> {
  const files = await runTool('dpkg-query', ['--listfiles', 'perl-base'], {signal})
  return path.dirname(/^.*\/perl-base\/POSIX\.pm$/m.exec(files)?.[0] ?? '')
}

import {cp, mkdir, readFile} from 'node:fs/promises'
import path from 'node:path'

import {runTool} from '../run-tool.js'
import type {GuestKernel} from './fetch-kernel.js'

/** What the container VM itself needs, and what an NFS server or client loads: all of them would make a slow start. */
const MODULES = [
  ...['virtio_pci', 'virtio_blk', 'virtio_scsi', 'sd_mod', 'virtio_net', 'virtio_console', 'virtio_rng'],
  ...['nfsd', 'nfs', 'nfsv3', 'nfsv4', 'lockd', 'overlay'],
]
const INDEXES = ['modules.order', 'modules.builtin', 'modules.builtin.modinfo']

const nameOf = (file: string): string =>
  path
    .basename(file)
    .replace(/\.ko.*$/, '')
    .replaceAll('-', '_')

/** modules.dep(5): each line has a module's file and, after the colon, all that it needs. */
export function neededFiles(dependencies: string, names: readonly string[]): readonly string[] {
  const rows = new Map<string, string>()
  for (const line of dependencies.split('\n')) if (line !== '') rows.set(nameOf(line.split(':')[0] ?? ''), line)
  const files = names.flatMap((name) => (rows.get(name) ?? '').split(/[: ]+/).filter((file) => file !== ''))
  return [...new Set(files)]
}

/**
 * Copies some of a kernel's modules, with indexes of their own, so that modprobe finds these and no others.
 * @param root a folder that gets `lib/modules/<release>`
 * @throws VN-SANDBOX-VM-TOOL
 */
export async function copyModules(
  kernel: GuestKernel,
  root: string,
  {signal}: {readonly signal?: AbortSignal | undefined} = {},
): Promise<void> {
  const target = path.join(root, 'lib/modules', kernel.release)
  const dependencies = await readFile(path.join(kernel.modules, 'modules.dep'), 'utf8')
  for (const file of [...INDEXES, ...neededFiles(dependencies, MODULES)]) {
    await mkdir(path.dirname(path.join(target, file)), {recursive: true})
    await cp(path.join(kernel.modules, file), path.join(target, file))
  }
  await runTool('depmod', ['--basedir', root, kernel.release], {signal})
}

import {createHash} from 'node:crypto'
import {chmod, chown, mkdir, mkdtemp, rm} from 'node:fs/promises'
import path from 'node:path'

import {runTool, toolEnd} from '../run-tool.js'

/** The folder of a volume that containers see: the file system's root has `lost+found` (VIC's VolumeDataDir). */
const DATA_FOLDER = '.vic.vol.data'

/** The label of a volume's file system, as VIC gives it (facts/vch-docker-api.md § 2.1). */
export const volumeLabel = (name: string): string => createHash('md5').update(name).digest('hex').slice(0, 16)

export interface VolumeDiskOptions {
  readonly signal?: AbortSignal
  readonly sizeMib: number
  readonly label: string
  /** Of the file system; a random one by default. */
  readonly uuid?: string
  /** Of the folder that containers see; root and 0755 by default. */
  readonly owner?: {readonly uid: number; readonly gid: number; readonly mode?: number}
}

/**
 * Makes the disk of a new volume: ext4 on a VMDK. Needs root.
 * @param file must not be there
 * @throws VN-SANDBOX-VM-TOOL
 */
export async function makeVolumeDisk(file: string, options: VolumeDiskOptions): Promise<void> {
  const {signal, sizeMib, label, uuid, owner = {uid: 0, gid: 0}} = options
  const aside = await mkdtemp(`${file}.new-`)
  try {
    const [content, raw] = [path.join(aside, 'content'), path.join(aside, 'raw')]
    const data = path.join(content, DATA_FOLDER)
    await mkdir(data, {recursive: true})
    await chmod(data, owner.mode ?? 0o755)
    await chown(data, owner.uid, owner.gid)
    const identity = ['-L', label, ...(uuid === undefined ? [] : ['-U', uuid])]
    await runTool('mke2fs', ['-q', '-t', 'ext4', ...identity, '-d', content, raw, `${sizeMib}M`], {signal})
    await runTool('qemu-img', ['convert', '-f', 'raw', '-O', 'vmdk', raw, file], {signal})
  } finally {
    await rm(aside, {recursive: true, force: true})
  }
}

export interface VolumeCheck {
  /** It was unmounted, and e2fsck finds nothing. */
  readonly clean: boolean
  /** What e2fsck and dumpe2fs say. */
  readonly report: string
}

/**
 * Looks at a volume's file system, which no VM may have now, without changing it.
 * @throws VN-SANDBOX-VM-TOOL
 */
export async function checkVolumeDisk(
  file: string,
  {signal}: {readonly signal?: AbortSignal} = {},
): Promise<VolumeCheck> {
  const aside = await mkdtemp(`${file}.check-`)
  try {
    const raw = path.join(aside, 'raw')
    await runTool('qemu-img', ['convert', '-f', 'vmdk', '-O', 'raw', file, raw], {signal})
    const head = await runTool('dumpe2fs', ['-h', raw], {signal})
    const check = await toolEnd('e2fsck', ['-f', '-n', raw], {signal})
    // e2fsck -n does not replay a journal, and is content with one that waits for it.
    const unmounted = /^Filesystem state:\s+clean$/m.test(head) && !/^Filesystem features:.*needs_recovery/m.test(head)
    return {clean: unmounted && check.exitCode === 0, report: `${check.stdout}${check.stderr}\n${head}`}
  } finally {
    await rm(aside, {recursive: true, force: true})
  }
}

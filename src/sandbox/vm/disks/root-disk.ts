import {createReadStream} from 'node:fs'
import {mkdtemp, rename, rm} from 'node:fs/promises'
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import type {Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'

import {VicnfsError} from '../../../model/vicnfs-error.js'
import {runTool} from '../run-tool.js'

const SIZE_MIB = 2048
/** VIC's bootstrap looks for a container's disk by this label. */
const LABEL = 'containerfs'
/**
 * The Engine puts its mark into every container, which is no part of the image and unknown to a VCH. The zeros behind
 * the last file are read as well: tar would end before them, and whoever still writes them would get an error.
 */
const UNPACK = [
  '--extract',
  '--preserve-permissions',
  '--numeric-owner',
  '--ignore-zeros',
  '--anchored',
  '--exclude=.dockerenv',
]

/**
 * Makes the disk of an image from the file system of a container of it, as `docker export` gives it. Needs root, for
 * the owners of files.
 * @param source a tar archive: its file, or a stream of it
 * @param file what is made, a raw ext4 image; it comes into being whole
 * @throws VN-SANDBOX-VM-TOOL; the signal's reason when aborted
 */
export async function makeImageDisk(
  source: string | Readable,
  file: string,
  {signal, sizeMib = SIZE_MIB}: {readonly signal?: AbortSignal; readonly sizeMib?: number} = {},
): Promise<void> {
  const folder = await mkdtemp(`${file}.root-`)
  const fresh = `${folder}.img`
  try {
    await unpack(source, folder, signal)
    const settings = ['-q', '-t', 'ext4', '-L', LABEL, '-E', 'root_owner=0:0', '-d', folder]
    await runTool('mke2fs', [...settings, fresh, `${sizeMib}M`], {signal})
    await rename(fresh, file)
  } finally {
    for (const left of [folder, fresh]) await rm(left, {recursive: true, force: true})
  }
}

async function unpack(source: string | Readable, folder: string, signal: AbortSignal | undefined): Promise<void> {
  const tar = spawn('tar', [...UNPACK, '--directory', folder], {stdio: ['pipe', 'ignore', 'pipe']})
  let said = ''
  tar.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const closed = once(tar, 'close') as Promise<[number | null]>
  const archive = typeof source === 'string' ? createReadStream(source) : source
  const fed = pipeline(archive, tar.stdin, signal === undefined ? {} : {signal})
  const [sent, [exitCode]] = await Promise.all([fed.catch((error: unknown) => error), closed])
  signal?.throwIfAborted()
  if (exitCode === 0 && sent === undefined) return
  const what = {reason: said.trim() || String(sent), cause: sent}
  throw new VicnfsError('VN-SANDBOX-VM-TOOL', 'The file system of the image cannot be unpacked.', what)
}

/**
 * A container's own disk: a copy-on-write image over that of its image, which any number of containers share.
 * @throws VN-SANDBOX-VM-TOOL
 */
export async function makeContainerDisk(
  imageDisk: string,
  file: string,
  {signal}: {readonly signal?: AbortSignal} = {},
): Promise<void> {
  await runTool('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', imageDisk, '-F', 'raw', file], {signal})
}

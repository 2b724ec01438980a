import {readFile, stat} from 'node:fs/promises'
import path from 'node:path'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {TlsMaterial} from './endpoint.js'

const FILES = ['ca', 'cert', 'key'] as const
type FileName = (typeof FILES)[number]

async function readIfThere(file: string, signal: AbortSignal): Promise<Buffer | undefined> {
  try {
    return await readFile(file, {signal})
  } catch (error) {
    signal.throwIfAborted()
    const {code} = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new VicnfsError('VN-VCH-CERT-BAD', `The file ${file} cannot be read (${code ?? 'unknown error'}).`, {
      cause: error,
    })
  }
}

async function readAll(folder: string, signal: AbortSignal): Promise<TlsMaterial> {
  const contents = await Promise.all(FILES.map((name) => readIfThere(path.join(folder, `${name}.pem`), signal)))
  return Object.fromEntries(
    FILES.flatMap((name, index) => (contents[index] === undefined ? [] : [[name, contents[index]]])),
  )
}

function missing(folder: string, name: FileName, origin: string): VicnfsError {
  return new VicnfsError(
    'VN-VCH-CERT-MISSING',
    `There is no ${name}.pem in ${folder}, the certificate folder of ${origin}.`,
    {
      details: {file: path.join(folder, `${name}.pem`)},
    },
  )
}

/**
 * Reads `ca.pem`, `cert.pem` and `key.pem` of a folder that somebody named.
 * @param options.verify without it `ca.pem` is not needed, and cert and key only together
 * @throws VN-VCH-CERT-MISSING naming the file, VN-VCH-CERT-BAD
 */
export async function readTlsFolder(
  folder: string,
  origin: string,
  {verify, signal}: {readonly verify: boolean; readonly signal: AbortSignal},
): Promise<TlsMaterial> {
  const material = await readAll(folder, signal)
  const needed: readonly FileName[] = verify ? FILES : material.cert || material.key ? ['cert', 'key'] : []
  const absent = needed.find((name) => material[name] === undefined)
  if (absent !== undefined) throw missing(folder, absent, origin)
  return material
}

/**
 * Reads the same files of a folder that nobody named (`~/.docker`, a docker context): what is there is used, and a
 * certificate without its key is an error.
 * @throws VN-VCH-CERT-MISSING, VN-VCH-CERT-BAD
 */
export async function readOptionalTlsFolder(
  folder: string,
  origin: string,
  {signal}: {readonly signal: AbortSignal},
): Promise<TlsMaterial> {
  const material = await readAll(folder, signal)
  if (material.cert !== undefined && material.key === undefined) throw missing(folder, 'key', origin)
  if (material.key !== undefined && material.cert === undefined) throw missing(folder, 'cert', origin)
  return material
}

export async function isFolder(folder: string): Promise<boolean> {
  return stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

/** Says it when others than their owner may read the private key; docker itself does not look. */
export async function warnOfOpenKey(folder: string, onWarning: ((text: string) => void) | undefined): Promise<void> {
  // Windows keeps no such modes.
  if (onWarning === undefined || process.platform === 'win32') return
  const file = path.join(folder, 'key.pem')
  const mode = await stat(file).then(
    (found) => found.mode & 0o777,
    () => 0,
  )
  if ((mode & 0o077) === 0) return
  onWarning(`Others than its owner may read the private key ${file} (mode ${mode.toString(8)}): chmod 600 it.`)
}

import {createHash} from 'node:crypto'
import {lstatSync, mkdirSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {messageOf, VicnfsError} from '../../model/vicnfs-error.js'

/** A unix socket's path has room for 107 bytes; DESIGN § 7 keeps some for clients that need more. */
const LONGEST_SOCKET_PATH_BYTES = 100

/**
 * The short private folder of this user's sandboxes: below `$XDG_RUNTIME_DIR`, else below the temporary directory.
 * @throws VN-SANDBOX-FOLDER when it belongs to somebody else or others may enter it
 */
export function privateRoot(environment: NodeJS.ProcessEnv = process.env): string {
  const runtime = environment['XDG_RUNTIME_DIR'] ?? ''
  const root = runtime !== '' && isOurs(runtime) ? path.join(runtime, 'vicnfs') : path.join(tmpdir(), `vicnfs-${uid()}`)
  ensurePrivate(root)
  return root
}

/** Makes a folder (0700), or checks that it is a real one, ours, and closed to others. @throws VN-SANDBOX-FOLDER */
export function ensurePrivate(folder: string): void {
  const look = () => lstatSync(folder, {throwIfNoEntry: false})
  // Looked at first: a link to nowhere would make mkdir fail in words of its own.
  let stat = look()
  // Again and again: it goes with the last sandbox, which may be removed just now.
  for (; stat === undefined; stat = look()) makeFolder(folder)
  const trouble = !stat.isDirectory()
    ? 'it is no directory'
    : stat.uid !== uid()
      ? `it belongs to the user with id ${stat.uid}`
      : (stat.mode & 0o077) === 0
        ? undefined
        : 'others may enter it'
  if (trouble === undefined) return
  throw new VicnfsError('VN-SANDBOX-FOLDER', `The sandbox cannot use the folder ${folder}: ${trouble}.`, {
    tries: [`ls -ld ${folder}`, ...(stat.isDirectory() && stat.uid === uid() ? [`chmod 700 ${folder}`] : [])],
  })
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, {recursive: true, mode: 0o700})
  } catch (error) {
    throw new VicnfsError('VN-SANDBOX-FOLDER', `The sandbox cannot make the folder ${folder}.`, {
      reason: messageOf(error),
      cause: error,
    })
  }
}

export interface SocketPaths {
  readonly folder: string
  readonly docker: string
  readonly control: string
}

/** Where the sockets of the sandbox in that state directory are. @throws VN-SANDBOX-PATH */
export function socketPaths(root: string, stateDirectory: string): SocketPaths {
  const mark = createHash('sha256').update(path.resolve(stateDirectory)).digest('hex').slice(0, 8)
  const folder = path.join(root, mark)
  const paths = {folder, docker: path.join(folder, 'docker.sock'), control: path.join(folder, 'control.sock')}
  if (Buffer.byteLength(paths.control) > LONGEST_SOCKET_PATH_BYTES) {
    throw new VicnfsError(
      'VN-SANDBOX-PATH',
      `The path ${paths.control} of the sandbox's socket is longer than ${LONGEST_SOCKET_PATH_BYTES} bytes.`,
      {
        reason: 'XDG_RUNTIME_DIR or TMPDIR points to a folder with a long path.',
        tries: ['TMPDIR=/tmp vicnfs sandbox start'],
      },
    )
  }
  return paths
}

/** The paths of a sandbox that has its Docker socket there already. */
export function siblingPaths(docker: string): SocketPaths {
  const folder = path.dirname(docker)
  return {folder, docker, control: path.join(folder, 'control.sock')}
}

function isOurs(folder: string): boolean {
  try {
    const stat = lstatSync(folder)
    return stat.isDirectory() && stat.uid === uid()
  } catch {
    return false
  }
}

function uid(): number {
  return process.getuid?.() ?? -1
}

import {spawn} from 'node:child_process'
import {close, open} from 'node:fs'
import {readFile} from 'node:fs/promises'
import type {Duplex} from 'node:stream'
import {promisify} from 'node:util'

import {VicnfsError} from '../../model/vicnfs-error.js'
import {CONTROL_FD} from './qemu-arguments.js'

/** A QEMU that runs. */
export interface QemuProcess {
  readonly pid: number
  readonly control: Duplex
  /** It has ended, for whatever reason, and what it had sent has been read. */
  readonly ended: Promise<void>
  /** SIGKILL, as when a host of VMs loses power; nothing when it has ended. */
  kill(): void
}

const QEMU = 'qemu-system-x86_64'
// Debian has these where the search path of a user does not look.
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
/** Makes the kernel end QEMU when this process ends, however that happens; exec keeps it (setpriv(1)). */
const TIED_TO_US = ['setpriv', '--pdeathsig', 'KILL', '--']

const LAST_LINES = 20

/** The last lines of a VM's console, in one text. */
export async function lastConsoleLines(file: string): Promise<string> {
  const text = await readFile(file, 'latin1').catch(() => '')
  const lines = text.split(/[\r\n]+/).filter((line) => line.trim() !== '')
  return lines.length === 0 ? 'its console is empty' : lines.slice(-LAST_LINES).join('\n')
}

/**
 * Starts QEMU. It dies with this process.
 * @param enter command words in front, which must not fork
 * @param consoleFile gets the serial console and what QEMU itself says, after what is there
 * @throws VN-SANDBOX-VM-TOOL when it is not there
 */
export async function startQemu(
  args: readonly string[],
  {enter, consoleFile}: {readonly enter: readonly string[]; readonly consoleFile: string},
): Promise<QemuProcess> {
  const log = await promisify(open)(consoleFile, 'a')
  const [program = QEMU, ...rest] = [...TIED_TO_US, ...enter, QEMU, ...args]
  const child = spawn(program, rest, {env: {PATH}, stdio: ['ignore', log, log, 'pipe']})
  const ended = new Promise<void>((resolve) => {
    // Not `exit`: the last frames may still lie in the channel then.
    child.once('close', () => resolve()).once('error', () => resolve())
  })
  const started = new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve).once('error', reject)
  })
  try {
    await started
  } catch (cause) {
    throw new VicnfsError('VN-SANDBOX-VM-TOOL', `The program ${program}, which container VMs need, failed.`, {cause})
  } finally {
    await promisify(close)(log)
  }
  const kill = () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
  }
  return {pid: child.pid ?? 0, control: child.stdio[CONTROL_FD] as Duplex, ended, kill}
}

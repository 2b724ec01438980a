import {spawn} from 'node:child_process'
import {closeSync, openSync} from 'node:fs'
import {join} from 'node:path'
import {CHANGE_FILES, claimWhole, writeWhole, type ChangeEnded, type ChangeStarted} from './change-folder.js'
import {identify} from './process-identity.js'

/**
 * The detached runner (S7): starts vic-machine with plain files as stdout and stderr, writes down who runs, then how it
 * ended. argv: folder, program, arguments. The password is in its environment only. It never ends vic-machine.
 */
async function run(folder: string, program: string, args: readonly string[]): Promise<void> {
  const self = (await identify(process.pid)) ?? {pid: process.pid}
  // A later run that found nobody here has given this change up: then vic-machine must not start any more.
  if (!(await claimWhole(folder, CHANGE_FILES.started, {runner: self}))) return
  const stdout = openSync(join(folder, CHANGE_FILES.stdout), 'wx', 0o600)
  const stderr = openSync(join(folder, CHANGE_FILES.stderr), 'wx', 0o600)
  const child = spawn(program, args, {cwd: folder, stdio: ['ignore', stdout, stderr], windowsHide: true})
  closeSync(stdout)
  closeSync(stderr)
  const ended = new Promise<ChangeEnded>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (child.pid === undefined) resolve({spawnError: error.code ?? error.message})
    })
    child.once('exit', (exitCode, signal) => {
      resolve({...(exitCode === null ? {} : {exitCode}), ...(signal === null ? {} : {signal})})
    })
  })
  if (child.pid !== undefined) {
    // A program that has ended already is no longer reaped away: its identity is then the pid alone.
    const vicMachine = (await identify(child.pid)) ?? {pid: child.pid, startedAt: 'gone'}
    const started: ChangeStarted = {vicMachine, runner: self}
    await writeWhole(folder, CHANGE_FILES.started, started)
  }
  await writeWhole(folder, CHANGE_FILES.ended, await ended)
}

for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGQUIT'] as const) process.on(signal, () => undefined)
process.umask(0o077)
const [folder = '', program = '', ...args] = process.argv.slice(2)
await run(folder, program, args)

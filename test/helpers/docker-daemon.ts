import {spawn, type ChildProcess} from 'node:child_process'
import {once} from 'node:events'
import {mkdir, open, readFile, rm} from 'node:fs/promises'
import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'

const START_LIMIT_MS = 240_000
const STOP_LIMIT_MS = 120_000

/** A dockerd of our own. */
export interface DockerDaemon {
  readonly socket: string
  /** Ends it, with everything that runs in it. */
  stop(): Promise<void>
}

/**
 * Starts dockerd with everything that is its own in one folder. It ends with this process, however that ends.
 * @param folder its data stays there for the next run; the path must be short, since sockets lie in there
 * @throws Error with the end of its log when it does not come up
 */
export async function startDockerDaemon(folder: string, options: readonly string[]): Promise<DockerDaemon> {
  const file = (name: string) => path.join(folder, name)
  await mkdir(folder, {recursive: true})
  await endLeftover(file('pid'))
  for (const name of ['pid', 'docker.sock', 'exec']) await rm(file(name), {recursive: true, force: true})
  const own = [
    `--data-root=${file('data')}`,
    `--exec-root=${file('exec')}`,
    `--pidfile=${file('pid')}`,
    `--host=unix://${file('docker.sock')}`,
    '--shutdown-timeout=5',
  ]
  const log = await open(file('log'), 'w')
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', 'dockerd', ...own, ...options], {
    stdio: ['ignore', log.fd, log.fd],
  })
  const ended = once(child, 'exit')
  await log.close()
  try {
    await untilListening(child, file('log'))
  } catch (error) {
    await stop(child, ended)
    throw error
  }
  return {socket: file('docker.sock'), stop: () => stop(child, ended)}
}

/** The line that dockerd writes when its socket answers. */
const LISTENING = /API listen on/

async function untilListening(child: ChildProcess, log: string): Promise<void> {
  const deadlineMs = performance.now() + START_LIMIT_MS
  while (performance.now() < deadlineMs && child.exitCode === null && child.signalCode === null) {
    if (LISTENING.test(await readFile(log, 'utf8'))) return
    await delay(50)
  }
  throw new Error(`dockerd did not come up: ${(await readFile(log, 'utf8')).split('\n').slice(-12).join('\n')}`)
}

async function stop(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
  await ended
  clearTimeout(timer)
}

/** A daemon of an earlier run that was killed may still be about to end. */
async function endLeftover(pidFile: string): Promise<void> {
  const pid = Number(await readFile(pidFile, 'utf8').catch(() => ''))
  const isOurs = async () => (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).includes(pidFile)
  if (pid === 0 || !(await isOurs())) return
  process.kill(pid, 'SIGTERM')
  const deadlineMs = performance.now() + STOP_LIMIT_MS
  while (await isOurs()) {
    if (performance.now() > deadlineMs) process.kill(pid, 'SIGKILL')
    await delay(50)
  }
}

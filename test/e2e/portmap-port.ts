import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {readFile} from 'node:fs/promises'
import {createServer} from 'node:net'

import {runProgram} from './run-program.js'
import {SYSTEM_PATH} from './workplace.js'

const PORT = 111
/** On a network that sandboxes may have, but never one of their addresses. */
const BESIDE_SANDBOXES = '127.64.0.254'
const env = {PATH: SYSTEM_PATH}

/** Whether somebody has port 111 on all addresses, as a port mapper of this machine does. */
export function portmapPortIsTaken(): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(true))
    server.listen({host: BESIDE_SANDBOXES, port: PORT, exclusive: true}, () => server.close(() => resolve(false)))
  })
}

/** A place where port 111 is taken on all addresses. */
export interface TakenPort {
  /** The command that runs `command` there. */
  there(command: readonly string[]): readonly string[]
  /** Connections made to port 111 so far; undefined when it is a server of this machine that has it. */
  connections(): number | undefined
  release(): Promise<void>
}

/** Tells what becomes of it line by line; ends with its stdin, so also when the test is killed. */
const HOLDER = `
const server = require('node:net').createServer((socket) => { socket.destroy(); console.log('connection') })
server.once('error', ({code}) => { console.log(code); process.exit(1) })
server.listen({host: '0.0.0.0', port: ${PORT}, exclusive: true}, () => console.log('listening'))
process.stdin.resume().once('end', () => process.exit())
`

/**
 * Takes port 111 in a network of its own, out of the way of what else runs on this machine, or where that may not be
 * made, on the machine itself.
 * @throws Error when a server of this machine has the port on some of its addresses only
 */
export async function takePortmapPort(): Promise<TakenPort> {
  const isolate = await runProgram('unshare', ['--net', 'ip', 'link', 'set', 'lo', 'up'], {env})
    .then(({exitCode}) => exitCode === 0)
    .catch(() => false)
  const hold = [process.execPath, '-e', HOLDER]
  const isolated = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$0" "$@"', ...hold]
  const [program = '', ...args] = isolate ? isolated : hold
  const holder = spawn(program, args, {env, stdio: ['pipe', 'pipe', 'inherit']})
  let said = ''
  holder.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
  const ended = once(holder, 'close')
  await Promise.race([once(holder.stdout, 'data'), ended])
  const network = `/proc/${holder.pid ?? 0}/ns/net`
  const isOurs = said.startsWith('listening')
  if (!isOurs && !(await isTakenOnAllAddresses())) throw new Error(`port ${PORT} cannot be taken: ${said}`)
  return {
    there: (command) => (isolate ? ['nsenter', `--net=${network}`, '--', ...command] : command),
    connections: () => (isOurs ? said.split('connection').length - 1 : undefined),
    release: async () => {
      holder.stdin.end()
      await ended
    },
  }
}

/** proc(5): local address and port in hexadecimal, state 0A is LISTEN. */
async function isTakenOnAllAddresses(): Promise<boolean> {
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')))
  return tables.some((table) => /^ *\d+: 0+:006F \S+ 0A /m.test(table))
}

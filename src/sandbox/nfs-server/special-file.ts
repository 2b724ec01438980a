import {spawnSync} from 'node:child_process'
import {randomBytes} from 'node:crypto'
import {once} from 'node:events'
import {linkSync} from 'node:fs'
import net from 'node:net'
import {hasOddBytes} from '../../nfs/wire/byte-text.js'
import {NfsFault} from './nfs-fault.js'
import {below, itself} from './open-directory.js'

/** Lines of coreutils in the C locale, and what they mean to a client. */
const SAID: readonly (readonly [words: string, key: ConstructorParameters<typeof NfsFault>[0]])[] = [
  ['File exists', 'EXIST'],
  ['No space left', 'NOSPC'],
  ['quota exceeded', 'DQUOT'],
  ['Read-only file system', 'ROFS'],
  ['not permitted', 'PERM'],
]

/**
 * Makes a FIFO. Node has no mkfifo(3), so that of coreutils is run inside the open directory; the server waits for it,
 * so that no other request sees the entry before it has its owner.
 * @throws NfsFault NOTSUPP where there is no such program, and for a name that no argument can be
 */
export function makeFifo(directoryFd: number, name: string): void {
  if (hasOddBytes(name)) throw new NfsFault('NOTSUPP')
  const ended = spawnSync('mkfifo', ['-m', '600', '--', name], {
    cwd: itself(directoryFd),
    env: {PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C'},
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  })
  if (ended.error !== undefined) throw new NfsFault('NOTSUPP')
  if (ended.status === 0) return
  throw new NfsFault(SAID.find(([words]) => ended.stderr.includes(words))?.[1] ?? 'IO')
}

/**
 * Makes a socket's entry, with nobody behind it. bind(2) makes it under a short name of its own, since an address has
 * room for no long one; `adopt` runs in the same breath in which it gets its name.
 */
export async function makeSocket<T>(directoryFd: number, name: string, adopt: () => T): Promise<T> {
  const draft = `${itself(directoryFd)}/.nfs-socket-${randomBytes(6).toString('hex')}`
  const server = net.createServer()
  server.listen(draft)
  await once(server, 'listening')
  try {
    linkSync(draft, below(directoryFd, name))
    return adopt()
  } finally {
    // Closing takes the name away that was bound.
    server.close()
  }
}

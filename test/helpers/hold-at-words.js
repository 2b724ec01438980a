// `node --import` this file to have a process stop itself, as by SIGSTOP, right after it has said certain words: to its
// caller, or to somebody at the other end of a socket. Whoever waits for that then does what it is to meet, at this very
// place and not some time after it.
import fs from 'node:fs'
import {syncBuiltinESMExports} from 'node:module'
import {Socket} from 'node:net'

const {VICNFS_TEST_HOLD_AT: given = '(?!)'} = process.env
// What this process starts in turn is not to stop.
delete process.env.NODE_OPTIONS
delete process.env.VICNFS_TEST_HOLD_AT

const words = new RegExp(given)
let isOver = false

function hear(data) {
  if (isOver || !words.test(Buffer.from(data ?? '').toString('utf8'))) return
  isOver = true
  process.kill(process.pid, 'SIGSTOP')
}

/** @param said what of the arguments is said by the call */
function watch(owner, name, said) {
  const method = owner[name]
  owner[name] = function watched(...args) {
    try {
      return method.apply(this, args)
    } finally {
      for (const data of said.call(this, args)) hear(data)
    }
  }
}

// Its log file has the same words, before they are said.
watch(fs, 'writeSync', ([fd, data]) => (fd <= 2 ? [data] : []))
syncBuiltinESMExports()
// What is written before a connection stands is written once more when it does.
watch(Socket.prototype, '_writeGeneric', function chunks([, data]) {
  if (this.connecting) return []
  return Array.isArray(data) ? data.map(({chunk}) => chunk) : [data]
})

// `node --import` this file to have a vicnfs end itself by SIGKILL at one of its deeds. A deed is what others can see of
// it: a word sent to a Docker API (not a mere question), to an NFS server or to the operator, a file made, written or
// removed, a program started. Nothing else of it outlives it, so every instant is like one right before or after a deed.
import {ChildProcess} from 'node:child_process'
import fs, {writeFileSync} from 'node:fs'
import {syncBuiltinESMExports} from 'node:module'
import {Socket} from 'node:net'

const {VICNFS_TEST_DEEDS: file, VICNFS_TEST_END_AT: given} = process.env
// What this process starts in turn is not to end.
delete process.env.NODE_OPTIONS
delete process.env.VICNFS_TEST_DEEDS
delete process.env.VICNFS_TEST_END_AT

/** The first instant is before the first deed, the second after it, the third before the second deed. */
const endAt = given === undefined ? Infinity : Number(given)
const deeds = []
let instant = 0

function pass() {
  if (instant === endAt) {
    writeFileSync(file, JSON.stringify(deeds))
    process.kill(process.pid, 'SIGKILL')
  }
  instant += 1
}

/** @param tell says what the deed is, and nothing when it is none */
function watch(owner, names, tell) {
  for (const name of names) {
    const method = owner[name]
    owner[name] = function watched(...args) {
      const deed = tell.call(this, name, args)
      if (deed === undefined) return method.apply(this, args)
      deeds.push(deed)
      pass()
      try {
        return method.apply(this, args)
      } finally {
        pass()
      }
    }
  }
}

function said(data) {
  const [first] = Array.isArray(data) ? data : [{chunk: data}]
  return Buffer.from(first?.chunk ?? '')
    .toString('latin1')
    .replaceAll(/[^ -~]+/g, ' ')
}

/** What is written before a connection stands is written once more when it does. */
function sending(_name, [, data]) {
  const text = said(data)
  return this.connecting || text.startsWith('GET ') ? undefined : `send ${text.slice(0, 80)}`
}

const FILE_DEEDS = ['mkdtemp', 'writeFile', 'rename', 'link', 'unlink', 'rm']
const handle = await fs.promises.open(import.meta.filename)
watch(Object.getPrototypeOf(handle), ['appendFile', 'writeFile'], (_name, [text]) => `write ${text}`)
await handle.close()
watch(fs.promises, FILE_DEEDS, (name, [target]) => `${name} ${target}`)
watch(ChildProcess.prototype, ['spawn'], (_name, [{args}]) => `start ${args.join(' ')}`)
watch(Socket.prototype, ['_writeGeneric'], sending)
syncBuiltinESMExports()

process.on('exit', () => writeFileSync(file, JSON.stringify(deeds)))

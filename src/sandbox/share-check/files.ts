import {STABILITY} from '../../nfs/wire/nfs3-arguments.js'
import {FILE_TYPE, KEEP_ATTRIBUTES, type Attributes} from '../../nfs/wire/nfs3-attributes.js'
import {NFS3} from '../../nfs/wire/nfs3.js'
import type {Procedure, StatusResult} from '../../nfs/wire/procedure.js'
import {mnt3Status, NFS3_STATUS, nfs3Status} from '../../nfs/wire/status.js'
import type {StoreTarget} from '../endpoint-vm/store-session.js'
import {leave} from './check-share.js'
import {CHECK_RUNGS, isNoDot, listFolder, vicUser, type Check} from './rungs.js'
import type {ShareCheckSettings} from './settings.js'
import {BadStatus, CheckFailure, explain} from './trouble.js'
import {Visit} from './visit.js'

const CHUNK = 8192
const MAX_BYTES = 65_536
const FOLDER = {...KEEP_ATTRIBUTES, mode: 0o755}
const FILE = {...KEEP_ATTRIBUTES, mode: 0o644}
let drafts = 0

/** What one operation found; names and content in hexadecimal. */
export interface FileFinding {
  readonly found?: boolean
  readonly content?: string
  readonly entries?: readonly {
    readonly name: string
    readonly folder: boolean
    readonly uid?: number
    readonly gid?: number
  }[]
}

const isMissing = (error: unknown): boolean =>
  error instanceof BadStatus && error.protocol === 'NFS' && error.status === NFS3_STATUS.NOENT.number

async function findFile(check: Check, path: string): Promise<Buffer> {
  let handle = check.root
  for (const name of path.split('/').filter((part) => part !== ''))
    ({handle} = await ask(check, NFS3.lookup, {dir: handle, name}))
  return handle
}

function splitPlace(path: string): {readonly parent: string; readonly name: string} {
  const parts = path.split('/').filter((part) => part !== '')
  return {parent: parts.slice(0, -1).join('/'), name: parts.at(-1) ?? ''}
}

const hex = (text: string): string => Buffer.from(text).toString('hex')

function ask<A, O, F>({visit, place}: Check, procedure: Procedure<A, StatusResult<O, F>>, args: A): Promise<O> {
  return visit.value('nfsd', procedure, args, vicUser(place))
}

async function isFolder(check: Check, handle: Buffer, attributes: Attributes | undefined): Promise<boolean> {
  const {type} = attributes ?? (await ask(check, NFS3.getattr, {handle})).attributes
  return type === FILE_TYPE.directory
}

async function orMissing(body: () => Promise<FileFinding>): Promise<FileFinding> {
  try {
    return await body()
  } catch (error) {
    if (isMissing(error)) return {found: false}
    throw error
  }
}

const list = (check: Check, path: string): Promise<FileFinding> =>
  orMissing(async () => {
    const dir = await findFile(check, path)
    const shown = []
    for (const {name, handle, attributes} of (await listFolder(check, dir)).filter(isNoDot)) {
      const own = handle ?? (await ask(check, NFS3.lookup, {dir, name})).handle
      const {uid, gid} = attributes ?? {}
      const owner = uid === undefined || gid === undefined ? {} : {uid, gid}
      shown.push({name: hex(name), folder: await isFolder(check, own, attributes), ...owner})
    }
    return {found: true, entries: shown}
  })

const read = (check: Check, path: string): Promise<FileFinding> =>
  orMissing(async () => {
    const handle = await findFile(check, path)
    let content = Buffer.alloc(0)
    for (;;) {
      const {data, eof} = await ask(check, NFS3.read, {handle, offset: BigInt(content.length), count: CHUNK})
      content = Buffer.concat([content, data])
      if (content.length > MAX_BYTES)
        throw new CheckFailure('VN-NFS-SHARE-TOO-LARGE', `the file is larger than ${MAX_BYTES} bytes`)
      if (eof || data.length === 0) return {found: true, content: content.toString('hex')}
    }
  })

async function writeAll(check: Check, handle: Buffer, data: Buffer): Promise<void> {
  for (let at = 0; at < data.length;) {
    const part = data.subarray(at, at + CHUNK)
    const args = {handle, offset: BigInt(at), count: part.length, stable: STABILITY.fileSync, data: part}
    const {count} = await ask(check, NFS3.write, args)
    if (count === 0) throw new CheckFailure('VN-NFS-GARBAGE', 'WRITE took nothing')
    at += count
  }
}

async function write(check: Check, path: string, content: string): Promise<FileFinding> {
  const {parent, name} = splitPlace(path)
  const dir = await findFile(check, parent)
  const draft = `.vicnfs-${process.pid}-${(drafts += 1)}.tmp`
  const made = await ask(check, NFS3.create, {dir, name: draft, how: {mode: 'guarded', attributes: FILE}})
  try {
    const handle = made.handle ?? (await ask(check, NFS3.lookup, {dir, name: draft})).handle
    await writeAll(check, handle, Buffer.from(content, 'hex'))
    await ask(check, NFS3.rename, {fromDir: dir, fromName: draft, toDir: dir, toName: name})
  } catch (error) {
    await ask(check, NFS3.remove, {dir, name: draft}).catch(() => undefined)
    throw error
  }
  return {}
}

async function mkdir(check: Check, path: string): Promise<FileFinding> {
  const {parent, name} = splitPlace(path)
  const dir = await findFile(check, parent)
  try {
    await ask(check, NFS3.mkdir, {dir, name, attributes: FOLDER})
  } catch (error) {
    if (!(error instanceof BadStatus) || error.status !== NFS3_STATUS.EXIST.number) throw error
    const {handle, attributes} = await ask(check, NFS3.lookup, {dir, name})
    if (!(await isFolder(check, handle, attributes))) throw error
  }
  return {}
}

async function remove(check: Check, path: string, procedure: 'remove' | 'rmdir'): Promise<FileFinding> {
  const {parent, name} = splitPlace(path)
  await orMissing(async () => {
    await ask(check, NFS3[procedure], {dir: await findFile(check, parent), name})
    return {}
  })
  return {}
}

type Operation = (check: Check, path: string, content: string) => Promise<FileFinding>

const OPERATIONS: Readonly<Record<string, {readonly words: number; readonly run: Operation}>> = {
  list: {words: 1, run: list},
  read: {words: 1, run: read},
  write: {words: 2, run: write},
  mkdir: {words: 1, run: mkdir},
  rm: {words: 1, run: (check, path) => remove(check, path, 'remove')},
  rmdir: {words: 1, run: (check, path) => remove(check, path, 'rmdir')},
}

/** Reads the operations of a command line. @throws Error in words that say what is wrong with it */
function fileOperations(words: readonly string[]): readonly ((check: Check) => Promise<FileFinding>)[] {
  const wanted = []
  for (let at = 0; at < words.length;) {
    const operation = OPERATIONS[words[at] ?? '']
    if (operation === undefined) throw new Error('an unknown operation on files')
    const [path, content = ''] = words.slice(at + 1, at + 1 + operation.words)
    if (path === undefined) throw new Error(`${words[at] ?? ''} wants a path`)
    if (path.startsWith('/') || path.split('/').some((part) => part === '.' || part === '..'))
      throw new Error('a path is relative, without . and ..')
    wanted.push((check: Check) => operation.run(check, path, content))
    at += 1 + operation.words
  }
  if (wanted.length === 0) throw new Error('no operation on files')
  return wanted
}

const OPENING: readonly string[] = ['portmap', 'mountd', 'nfsd', 'fsinfo']

/** @returns why the export cannot be opened, if so */
async function openPlace(check: Check): Promise<object | undefined> {
  for (const {id, climb} of CHECK_RUNGS.filter((rung) => OPENING.includes(rung.id))) {
    check.visit.begin(id)
    try {
      await climb(check)
    } catch (error) {
      const {code, finding} = explain(error, check.visit.standpoint())
      return {failed: finding, code}
    }
  }
  return undefined
}

async function attempt(operation: (check: Check) => Promise<FileFinding>, check: Check): Promise<object> {
  check.visit.begin('files')
  try {
    return await operation(check)
  } catch (error) {
    const {code, finding} = explain(error, check.visit.standpoint())
    if (!(error instanceof BadStatus)) return {failed: finding, code}
    const {name} = error.protocol === 'MOUNT' ? mnt3Status(error.status) : nfs3Status(error.status)
    return {failed: finding, status: name}
  }
}

/** Does what the image's `share-check --files` does. @returns whether everything went well */
export async function runFiles(
  place: StoreTarget,
  settings: ShareCheckSettings,
  options: {readonly words: readonly string[]; readonly timeoutMs: number; readonly say: (line: string) => void},
): Promise<boolean> {
  const {words, timeoutMs, say} = options
  const {portmapPort, sourceAddress} = settings
  const operations = fileOperations(words)
  const visit = new Visit({host: place.host, portmapPort, sourceAddress, timeoutMs})
  const check: Check = {place, visit, root: Buffer.alloc(0)}
  const findings: object[] = []
  const add = (index: number, finding: object): void => {
    findings.push(finding)
    say(JSON.stringify({file: {index, ...finding}}))
  }
  const opened = await openPlace(check)
  if (opened !== undefined) add(-1, opened)
  else for (const [index, operation] of operations.entries()) add(index, await attempt(operation, check))
  await leave(check)
  return findings.every((finding) => !('failed' in finding))
}

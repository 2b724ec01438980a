// Compiles src/ and commands/ to dist/. With --if-stale: only when a source is newer than the last build. With
// --declarations: for a package.
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

import {isPublished, makeManifest, publishManifest} from './command-manifest.js'
import {compile, declare} from './compile.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = path.join(root, 'dist')
const stamp = path.join(dist, '.built')
const CHUNKS = '.chunks'

function newestSourceMs(entry) {
  const stat = statSync(entry, {throwIfNoEntry: false})
  // Gone between listing and looking: an editor's temporary file.
  if (stat === undefined) return 0
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(stat.mtimeMs, ...readdirSync(entry).map((name) => newestSourceMs(path.join(entry, name))))
}

/** What dist/ is made of, and by what; npm writes the last one at each installation. */
const INPUTS = ['src', 'commands', 'scripts', 'tsconfig.json', 'package.json', 'node_modules/.package-lock.json']

export function isStale() {
  if (!existsSync(stamp) || !isPublished(dist)) return true
  return Math.max(...INPUTS.map((name) => newestSourceMs(path.join(root, name)))) > statSync(stamp).mtimeMs
}

/** @param {{withDeclarations?: boolean}} options for a package */
export async function build({withDeclarations = false} = {}) {
  const startedMs = Date.now()
  removeLeftovers()
  const fresh = `${dist}.${process.pid}.new`
  try {
    await compileAll(fresh, withDeclarations)
  } catch (error) {
    rmSync(fresh, {recursive: true, force: true})
    throw error
  }
  chmodSync(path.join(root, 'bin', 'run.js'), 0o755)
  writeFileSync(path.join(fresh, '.built'), '')
  // The stamp's time is that of the build's start, so that an edit during the build counts as newer.
  utimesSync(path.join(fresh, '.built'), startedMs / 1000, startedMs / 1000)
  // Out of its own folder: dist may be that of another build at any time.
  publishManifest(fresh)
  swapIn(fresh)
}

async function compileAll(outDir, withDeclarations) {
  await compile(outDir)
  // What runs in container VMs is no TypeScript; nor is what editors check runbooks by.
  for (const name of [path.join('src', 'sandbox', 'vm', 'guest'), path.join('src', 'runbook', 'runbook.schema.json')]) {
    cpSync(path.join(root, name), path.join(outDir, 'program', name), {recursive: true})
  }
  if (!withDeclarations) keepLastChunks(outDir)
  else if (!declare(outDir)) throw new Error('tsc found the errors above')
  await makeManifest(outDir, dist)
}

/**
 * A process that runs meanwhile loads later parts of the program by the names they had when it was started: those of the
 * last build stay for one more.
 */
function keepLastChunks(fresh) {
  const chunks = (folder) => path.join(folder, 'program', 'chunks')
  const own = readdirSync(chunks(fresh))
  const last = existsSync(path.join(dist, CHUNKS)) ? JSON.parse(readFileSync(path.join(dist, CHUNKS), 'utf8')) : []
  for (const name of last.filter((each) => !own.includes(each))) {
    try {
      cpSync(path.join(chunks(dist), name), path.join(chunks(fresh), name))
    } catch (error) {
      // Another build has changed places with it.
      if (error.code !== 'ENOENT') throw error
    }
  }
  writeFileSync(path.join(fresh, CHUNKS), JSON.stringify(own))
}

// Whole folders change places, so that a process started meanwhile sees the old dist or the new one, never a part;
// of two builds at once the later one stays.
function swapIn(fresh) {
  const old = `${dist}.${process.pid}.old`
  for (let tries = 1; ; tries += 1) {
    try {
      renameSync(fresh, dist)
      break
    } catch (error) {
      if (tries > 20 || !['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(error.code)) throw error
    }
    try {
      renameSync(dist, old)
    } catch (error) {
      if (error.code !== 'ENOENT') throw error
    }
  }
  rmSync(old, {recursive: true, force: true})
}

function removeLeftovers() {
  for (const name of readdirSync(root)) {
    const pid = /^dist\.(\d+)\.(?:new|old)$/.exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(path.join(root, name), {recursive: true, force: true})
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** Builds, or says in words why that failed. @returns whether dist is there now */
export async function buildOrSay(options) {
  try {
    await build(options)
    return true
  } catch (error) {
    const isMissing = error.code === 'ERR_MODULE_NOT_FOUND' && !existsSync(path.join(root, 'node_modules', 'esbuild'))
    // What a source has wrong esbuild has said itself.
    if (isMissing) console.error('What builds vicnfs is not installed here: run `npm ci` first')
    else if (error.errors === undefined) console.error(error.stack)
    return false
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const isWanted = !process.argv.includes('--if-stale') || isStale()
  if (isWanted && !(await buildOrSay({withDeclarations: process.argv.includes('--declarations')}))) process.exitCode = 1
}

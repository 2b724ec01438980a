// Compiles src/ and commands/ to dist/. With --if-stale: only when a source is newer than the last build.
import {spawnSync} from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = path.join(root, 'dist')
const stamp = path.join(dist, '.built')

function newestSourceMs(entry) {
  const stat = statSync(entry, {throwIfNoEntry: false})
  // Gone between listing and looking: an editor's temporary file.
  if (stat === undefined) return 0
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(stat.mtimeMs, ...readdirSync(entry).map((name) => newestSourceMs(path.join(entry, name))))
}

export function isStale() {
  if (!existsSync(stamp)) return true
  const sources = ['src', 'commands', 'tsconfig.json', 'package.json'].map((name) => path.join(root, name))
  return Math.max(...sources.map((source) => newestSourceMs(source))) > statSync(stamp).mtimeMs
}

export function build() {
  const startedMs = Date.now()
  removeLeftovers()
  const fresh = `${dist}.${process.pid}.new`
  compile(fresh)
  copyOthers(fresh)
  chmodSync(path.join(root, 'bin', 'run.js'), 0o755)
  writeFileSync(path.join(fresh, '.built'), '')
  // The stamp's time is that of the build's start, so that an edit during the build counts as newer.
  utimesSync(path.join(fresh, '.built'), startedMs / 1000, startedMs / 1000)
  swapIn(fresh)
}

function compile(outDir) {
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  if (!existsSync(tsc)) throw new Error('TypeScript is not installed here: run `npm ci` first')
  const args = [tsc, '-p', path.join(root, 'tsconfig.json'), '--outDir', outDir]
  const result = spawnSync(process.execPath, args, {stdio: ['ignore', 2, 2]})
  if (result.status === 0) return
  rmSync(outDir, {recursive: true, force: true})
  process.exit(result.status ?? 1)
}

// What runs in container VMs is no TypeScript; nor is what editors check runbooks by.
function copyOthers(outDir) {
  for (const name of [path.join('src', 'sandbox', 'vm', 'guest'), path.join('src', 'runbook', 'runbook.schema.json')]) {
    cpSync(path.join(root, name), path.join(outDir, name), {recursive: true})
  }
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

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!process.argv.includes('--if-stale') || isStale()) build()
}

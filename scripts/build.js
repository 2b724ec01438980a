// Compiles src/ and commands/ to dist/. With --if-stale: only when a source is newer than the last build.
import {spawnSync} from 'node:child_process'
import {chmodSync, existsSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const stamp = path.join(root, 'dist', '.built')

function newestSourceMs(entry) {
  const stat = statSync(entry)
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
  rmSync(path.join(root, 'dist'), {recursive: true, force: true})
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  if (!existsSync(tsc)) throw new Error('TypeScript is not installed here: run `npm ci` first')
  const result = spawnSync(process.execPath, [tsc, '-p', path.join(root, 'tsconfig.json')], {stdio: ['ignore', 2, 2]})
  if (result.status !== 0) process.exit(result.status ?? 1)
  chmodSync(path.join(root, 'bin', 'run.js'), 0o755)
  writeFileSync(stamp, '')
  // The stamp's time is that of the build's start, so that an edit during the build counts as newer.
  utimesSync(stamp, startedMs / 1000, startedMs / 1000)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!process.argv.includes('--if-stale') || isStale()) build()
}

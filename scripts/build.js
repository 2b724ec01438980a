// Compiles src/ and commands/ to dist/. With --if-stale: only when a source is newer than the last build. With
// --declarations: for a package.
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

import {compile, declare} from './compile.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = path.join(root, 'dist')
const stamp = path.join(dist, '.built')
const manifest = path.join(root, 'oclif.manifest.json')

function newestSourceMs(entry) {
  const stat = statSync(entry, {throwIfNoEntry: false})
  // Gone between listing and looking: an editor's temporary file.
  if (stat === undefined) return 0
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(stat.mtimeMs, ...readdirSync(entry).map((name) => newestSourceMs(path.join(entry, name))))
}

export function isStale() {
  if (!existsSync(stamp) || !existsSync(manifest)) return true
  const sources = ['src', 'commands', 'tsconfig.json', 'package.json', 'package-lock.json'].map((name) =>
    path.join(root, name),
  )
  return Math.max(...sources.map((source) => newestSourceMs(source))) > statSync(stamp).mtimeMs
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
  swapIn(fresh)
  await writeManifest()
}

async function compileAll(outDir, withDeclarations) {
  await compile(outDir)
  // What runs in container VMs is no TypeScript; nor is what editors check runbooks by.
  for (const name of [path.join('src', 'sandbox', 'vm', 'guest'), path.join('src', 'runbook', 'runbook.schema.json')]) {
    cpSync(path.join(root, name), path.join(outDir, 'program', name), {recursive: true})
  }
  if (withDeclarations && !declare(outDir)) throw new Error('tsc found the errors above')
}

/** What oclif knows of commands without loading all of them. */
async function writeManifest() {
  const {Plugin, settings} = await import('@oclif/core')
  settings.enableAutoTranspile = false
  const plugin = new Plugin({errorOnManifestCreate: true, ignoreManifest: true, respectNoCacheDefault: true, root})
  await plugin.load()
  const file = `${manifest}.${process.pid}`
  writeFileSync(file, `${JSON.stringify(plugin.manifest, undefined, 1)}\n`)
  renameSync(file, manifest)
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

async function main(argv) {
  if (argv.includes('--if-stale') && !isStale()) return
  try {
    await build({withDeclarations: argv.includes('--declarations')})
  } catch (error) {
    const isMissing = error.code === 'ERR_MODULE_NOT_FOUND'
    // What a source has wrong esbuild has said itself.
    if (isMissing) console.error('What builds vicnfs is not installed here: run `npm ci` first')
    else if (error.errors === undefined) console.error(error.message)
    process.exitCode = 1
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2))

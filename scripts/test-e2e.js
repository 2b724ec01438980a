// Runs the long tests. The endurance tests, and those of test/e2e that only need sandboxes, need nothing but loopback, so
// as root they run beside those with a Docker Engine and virtual machines, in a network namespace of their own: an Engine
// takes ports on all addresses. What these need is installed and made first, while the endurance tests have begun.
import {spawn, spawnSync} from 'node:child_process'
import {closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import os from 'node:os'
import path from 'node:path'

import {prepare} from '../test/helpers/preparation/prepare.js'
import {lesserShare} from './lesser-share.js'
import {ENDURANCE, MACHINES, SANDBOXES} from './long-tests.js'

const JEST = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js']
const CONFIG = ['--config', 'jest.e2e.config.js']
/** Virtual machines and the Engine want the machine for themselves, one file at a time; sandboxes have jest's workers. */
const ALONE = ['--runInBand']
/** Brings loopback up with nothing but perl-base: SIOCSIFFLAGS 0x8914, IFF_UP | IFF_RUNNING 0x41 (netdevice(7)). */
const UP =
  'socket(S, 2, 1, 0) and ioctl(S, 0x8914, my $f = pack("a16 s x22", "lo", 0x41)) or die "lo: $!\\n"; exec(@ARGV) or die "$ARGV[0]: $!\\n"'
const APART = ['unshare', '--net', '--', 'perl', '-e', UP, '--']
const SUMS = ['numPassedTests', 'numFailedTests', 'numPendingTests', 'numRuntimeErrorTestSuites', 'numTotalTests']

const given = process.argv.slice(2)
const outputFlag = given.find((word) => word.startsWith('--outputFile='))
const flags = given.filter((word) => word !== outputFlag)

function canRunApart() {
  if (process.getuid?.() !== 0) return false
  return spawnSync(APART[0], [...APART.slice(1), 'true'], {stdio: 'ignore'}).status === 0
}

/** @returns the exit code */
function run(prefix, words, output) {
  const [program, ...rest] = [...prefix, process.execPath, ...JEST, ...CONFIG, ...words]
  const child = spawn(program, rest, {stdio: ['ignore', output, output]})
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })
}

function resultsFlag(file) {
  return outputFlag === undefined ? [] : [`--outputFile=${file}`]
}

/** One results file with the sums of all; one that is missing counts as one failure. */
function addResults(files) {
  if (outputFlag === undefined) return
  const lost = {numFailedTests: 1}
  const read = (file) => {
    try {
      return JSON.parse(readFileSync(file, 'utf8'))
    } catch {
      return lost
    }
  }
  const results = files.map(read)
  const sum = (name) => results.reduce((total, each) => total + (each[name] ?? 0), 0)
  writeFileSync(
    outputFlag.slice('--outputFile='.length),
    JSON.stringify({
      ...Object.fromEntries(SUMS.map((name) => [name, sum(name)])),
      testResults: results.flatMap((each) => each.testResults ?? []),
    }),
  )
}

/** The one preparation of all files of test/e2e; those that need it are not run when it fails. */
async function prepareAll() {
  const files = readdirSync('test/e2e', {recursive: true}).filter((name) => name.endsWith('.test.ts'))
  try {
    await prepare(files.map((name) => path.resolve('test/e2e', name)))
    return true
  } catch (error) {
    process.stderr.write(`${error.message}\n`)
    return false
  }
}

async function runBeside() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'vicnfs-e2e-'))
  const file = (name) => path.join(folder, name)
  const log = openSync(file('log'), 'w')
  const names = ['machines.json', 'endurance.json', 'sandboxes.json'].map(file)
  const [machines, endurance, sandboxes] = names.map((name) => [...flags, ...resultsFlag(name)])
  const prepared = prepareAll()
  const onceReady = async (work) => ((await prepared) ? work() : 1)
  // The machines' lane goes one file at a time and is the longer way, so it comes first where there are few cores.
  const lesser = lesserShare()
  const beside = [...lesser.words, ...APART]
  const apart = async () => [
    await run(beside, [...endurance, ...ENDURANCE], log),
    await onceReady(() => run(beside, [...sandboxes, ...SANDBOXES], log)),
  ]
  try {
    const codes = await Promise.all([
      onceReady(() => run([], [...ALONE, ...machines, ...MACHINES], 'inherit')),
      apart(),
    ])
    process.stderr.write(readFileSync(file('log')))
    addResults(names)
    return Math.max(...codes.flat())
  } finally {
    closeSync(log)
    lesser.remove()
    rmSync(folder, {recursive: true, force: true})
  }
}

const isWhole = flags.every((word) => word.startsWith('-'))
process.exitCode = isWhole && canRunApart() ? await runBeside() : await run([], [...ALONE, ...given], 'inherit')

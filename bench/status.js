// `vicnfs status` on a VCH with 1,000 containers, 500 volumes and 100 shares, beside an inspect of every container.
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {fileURLToPath} from 'node:url'
import {startSandbox} from '../dist/src/sandbox/lifecycle/start-sandbox.js'
import {stopSandbox} from '../dist/src/sandbox/lifecycle/stop-sandbox.js'
import {connectVch} from '../dist/src/vch/connect.js'
import {resolveEndpoint} from '../dist/src/vch/endpoint/resolve-endpoint.js'
import {interleave, timeProcess} from './measure.js'
import {seedState} from './status/seed-state.js'

const RUN = fileURLToPath(new URL('../bin/run.js', import.meta.url))
const RSS = fileURLToPath(new URL('status/max-rss.js', import.meta.url))
const SIZES = {shares: 100, volumesPerShare: 4, exited: 900}
const ROUNDS = 5
const START_MS = 180_000

/** A sandbox that was seeded while it was off. */
async function withSeededSandbox(use) {
  const stateDirectory = await mkdtemp(path.join(os.tmpdir(), 'vicnfs-bench-'))
  const knobs = {bootDelayMs: 100, containerStartDelayMs: 10}
  try {
    const first = await startSandbox({name: 'bench', stateDirectory, knobs})
    await stopSandbox('bench', {stateDirectory})
    seedState(first.directory, `unix://${first.socketPath}`, SIZES)
    const handle = await startSandbox({name: 'bench', stateDirectory}, {timeoutMs: START_MS})
    await untilBooted(handle)
    const {DOCKER_CONTEXT: _context, DOCKER_CERT_PATH: _certs, DOCKER_TLS_VERIFY: _verify, ...outer} = process.env
    return await use({
      handle,
      stateDirectory,
      env: {...outer, ...handle.environment('both'), VICNFS_STATE_DIR: stateDirectory},
    })
  } finally {
    await stopSandbox('bench', {stateDirectory, removeState: true}).catch(() => undefined)
    await rm(stateDirectory, {recursive: true, force: true})
  }
}

async function connect(handle) {
  const from = {homeDirectory: '/', signal: new AbortController().signal}
  return connectVch(await resolveEndpoint({host: `unix://${handle.socketPath}`}, {}, from))
}

/** It mounts a hundred stores at its boot, one after the other. */
async function untilBooted(handle) {
  const api = await connect(handle)
  const limit = AbortSignal.timeout(START_MS)
  while (!limit.aborted) {
    if (await api.info({signal: limit}).catch(() => undefined)) return
    await delay(200)
  }
  throw new Error('the seeded VCH does not boot')
}

/** One run of the command: its time, and the most memory that it had. */
function statusCase(name, args, {env, stateDirectory}) {
  const file = path.join(stateDirectory, 'rss')
  const peaks = []
  const run = async () => {
    const argv = [process.execPath, '--import', RSS, RUN, 'status', ...args]
    const ms = await timeProcess(argv, {env: {...env, VICNFS_BENCH_RSS: file}})
    peaks.push(Number(await readFile(file, 'utf8')) / 1024)
    return ms
  }
  return {name, run, peakMb: () => Math.max(...peaks).toFixed(0)}
}

/** The list, then every container inspected, over one connection: the least that a look at each container costs. */
async function inspectAll(handle, stateDirectory) {
  const api = await connect(handle)
  const ids = (await api.listContainers({})).map(({id}) => id)
  const config = path.join(stateDirectory, 'inspect.curl')
  const urls = ['containers/json?all=1', ...ids.map((id) => `containers/${id}/json`)]
  await writeFile(config, urls.map((url) => `url = "http://vch/v1.25/${url}"\noutput = "/dev/null"\n`).join(''))
  const argv = ['curl', '-s', '--unix-socket', handle.socketPath, '-K', config]
  return {name: 'list, and inspect every container (curl)', run: () => timeProcess(argv), calls: urls.length}
}

/** Calls that one look makes: three lists, one for each server container, one for each volume on an NFS store. */
function callsOf({shares, volumesPerShare}) {
  return 3 + shares + shares * volumesPerShare
}

export async function benchStatus() {
  return withSeededSandbox(async (world) => {
    const {VICNFS_VIC_MACHINE: _program, ...plain} = world.env
    const all = statusCase('vicnfs status', [], world)
    const bare = statusCase('vicnfs status, without vic-machine', [], {...world, env: plain})
    const one = statusCase('vicnfs status share-42', ['share-42'], world)
    const peer = await inspectAll(world.handle, world.stateDirectory)
    const results = await interleave([all, bare, one, peer], ROUNDS)
    const row = (name, calls, peakMb) => {
      const {median, min, max} = results.get(name)
      return [name, (median / 1000).toFixed(2), `${(min / 1000).toFixed(2)}–${(max / 1000).toFixed(2)}`, calls, peakMb]
    }
    const calls = callsOf(SIZES)
    return {
      title: '`status` at scale',
      method: `A sandbox VCH with 1,000 containers (900 of them exited), 500 volumes (400 of them on NFS stores) and 100 shares, each served by a process of its own and a store of this very VCH; its state is written to its file, and it boots from there. Whole processes, ${ROUNDS} rounds in turn after one that is not counted. \`status\` mounts and reads every share; the peer looks at no share at all. Memory is the largest resident set of the command.`,
      head: ['command', 'median s', 'min–max s', 'Docker API calls', 'max RSS MB'],
      rows: [
        row(all.name, calls, all.peakMb()),
        row(bare.name, calls, bare.peakMb()),
        row(one.name, callsOf({...SIZES, shares: 1}), one.peakMb()),
        row(peer.name, peer.calls, '–'),
      ],
    }
  })
}

// The whole workflow: one command of vicnfs, beside the same calls typed by hand as a shell script.
import {fileURLToPath} from 'node:url'
import {withSandbox} from './bench-sandbox.js'
import {interleave, pairedRatio, timeProcess} from './measure.js'

const RUN = fileURLToPath(new URL('../bin/run.js', import.meta.url))
const SCRIPT = fileURLToPath(new URL('by-hand.sh', import.meta.url))
const ROUNDS = 5

async function timeOnNewSandbox(argv, extra = {}) {
  return withSandbox(({handle, env}) => {
    const address = handle.publicAddress.replace(/\.\d+$/, '.100')
    return timeProcess(argv, {env: {...env, BENCH_ADDRESS: address, BENCH_SOCKET: handle.socketPath, ...extra}})
  })
}

export async function benchWorkflow() {
  const expose = ['expose-volume', 'nfs-vol', '--create', '--capacity', '1GB', '--network', 'storage-net']
  const register = ['--register', 'nfs-store', '--allow-self-hosted', '--yes', '--quiet']
  const results = await interleave(
    [
      {
        name: 'vicnfs expose-volume --register',
        run: () => timeOnNewSandbox([process.execPath, RUN, ...expose, ...register]),
      },
      {name: 'by hand (bench/by-hand.sh)', run: () => timeOnNewSandbox(['sh', SCRIPT])},
    ],
    ROUNDS,
  )
  const [ours, byHand] = [...results.values()]
  return {
    title: 'The whole workflow on the sandbox',
    method: `From no volume to a store proven by two containers; a new sandbox each time (its start is not counted), ${ROUNDS} rounds in turn after one that is not counted. By hand: curl, the vic-machine stand-in, loops with one second of sleep, no thinking, no typing, no preflight, no watching, no undo, no cleaning up. vicnfs / by hand: ${pairedRatio(ours, byHand).toFixed(2)} (median of the ratios).`,
    head: ['way', 'median s', 'min–max s'],
    rows: [...results].map(([name, {median, min, max}]) => [
      name,
      (median / 1000).toFixed(2),
      `${(min / 1000).toFixed(2)}–${(max / 1000).toFixed(2)}`,
    ]),
  }
}

// How long after the share could really be mounted does expose-volume say so? Beside it: the usual `until …; sleep 1`.
import {spawn} from 'node:child_process'
import {fileURLToPath} from 'node:url'
import {withSandbox} from './bench-sandbox.js'
import {summary} from './measure.js'
import {firstMountMs} from './prober.js'

const RUN = fileURLToPath(new URL('../bin/run.js', import.meta.url))
const ROUNDS = 7
const READY_LINE = 'Wait until the share can be mounted'
const SLEEP_MS = 1000

function exposeReadyMs(name, address, env) {
  return new Promise((resolve, reject) => {
    const argv = [RUN, 'expose-volume', name, '--create', '--network', 'storage-net', '--ip', address]
    const child = spawn(process.execPath, argv, {env, stdio: ['ignore', 'ignore', 'pipe']})
    let readyMs
    let text = ''
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
      if (readyMs === undefined && text.split('\n').some((line) => line.includes(READY_LINE) && line.includes('ms)'))) {
        readyMs = performance.timeOrigin + performance.now()
      }
    })
    child.once('close', (code) => {
      if (code === 0 && readyMs !== undefined) resolve(readyMs)
      else reject(new Error(`expose-volume ended with ${code}: ${text}`))
    })
  })
}

/** What a loop with one second of sleep would have added, had it begun when the container was started. */
function sleepLagMs(startedMs, mountableMs) {
  const looks = Math.ceil((mountableMs - startedMs) / SLEEP_MS)
  return startedMs + looks * SLEEP_MS - mountableMs
}

export async function benchReadiness() {
  const lags = []
  const sleepLags = []
  await withSandbox(async ({handle, env}) => {
    const prefix = handle.publicAddress.split('.').slice(0, 3).join('.')
    for (let round = 0; round < ROUNDS; round += 1) {
      const name = `share-${round}`
      const address = `${prefix}.${100 + round}`
      const stop = new AbortController()
      const startedMs = performance.timeOrigin + performance.now()
      const mountable = firstMountMs(address, handle.portmapPort, `/exports/${name}`, {signal: stop.signal})
      mountable.catch(() => undefined)
      const readyMs = await exposeReadyMs(name, address, env).finally(() =>
        setTimeout(() => stop.abort(), 1000).unref(),
      )
      const mountableMs = await mountable
      lags.push(readyMs - mountableMs)
      sleepLags.push(sleepLagMs(startedMs, mountableMs))
    }
  })
  const row = (name, values) => {
    const {median, min, max} = summary(values)
    return [name, median.toFixed(0), `${min.toFixed(0)}–${max.toFixed(0)}`]
  }
  return {
    title: 'Readiness lag',
    method: `A prober of its own asks GETPORT and MNT every 2 ms; lag = first line of vicnfs that says "ready" minus the prober's first MNT, ${ROUNDS} new shares. The peer is what \`until showmount -e; do sleep 1; done\`, begun with the command, would have added on the same runs (computed).`,
    head: ['waiter', 'median ms', 'min–max ms'],
    rows: [row('vicnfs expose-volume', lags), row('until …; do sleep 1; done', sleepLags)],
  }
}

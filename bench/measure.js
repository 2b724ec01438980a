// Interleaved timing of whole processes: every round runs each case once, so that drift of a shared machine hits all alike.
import {spawn} from 'node:child_process'

/** Runs a command to its end; wall time in milliseconds. */
export function timeProcess(argv, options = {}) {
  return new Promise((resolve, reject) => {
    const startedMs = performance.now()
    const child = spawn(argv[0], argv.slice(1), {stdio: ['ignore', 'ignore', 'ignore'], ...options})
    child.once('error', reject)
    child.once('close', (code) => {
      if (code !== (options.expectedCode ?? 0)) reject(new Error(`${argv.join(' ')} ended with ${code}`))
      else resolve(performance.now() - startedMs)
    })
  })
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

export function summary(values) {
  return {median: median(values), min: Math.min(...values), max: Math.max(...values), runs: values.length}
}

/** Times each case `rounds` times, one after the other in every round, after one round that is not counted. */
export async function interleave(cases, rounds) {
  const times = new Map(cases.map(({name}) => [name, []]))
  for (let round = 0; round <= rounds; round += 1) {
    for (const {name, run} of cases) {
      const ms = await run()
      if (round > 0) times.get(name).push(ms)
    }
  }
  return new Map([...times].map(([name, values]) => [name, {...summary(values), values}]))
}

/** Median of the ratios taken round by round. */
export function pairedRatio(a, b) {
  return median(a.values.map((value, index) => value / b.values[index]))
}

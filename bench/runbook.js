// A runbook of twenty shares for one VCH, beside the same with one share.
import {readFile, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {withSandbox} from './bench-sandbox.js'
import {interleave, pairedRatio, timeProcess} from './measure.js'

const RUN = fileURLToPath(new URL('../bin/run.js', import.meta.url))
const ROUNDS = 3
const MANY = 20

function runbookOf(count, {handle, verify}) {
  const settings = handle.environment('both')
  const one = {
    docker: settings.DOCKER_HOST,
    'vic-machine': {
      path: settings.VICNFS_VIC_MACHINE,
      target: settings.VIC_MACHINE_TARGET,
      user: settings.VIC_MACHINE_USER,
      thumbprint: settings.VIC_MACHINE_THUMBPRINT,
      'vch-id': handle.vmId,
      'password-env': 'VIC_MACHINE_PASSWORD',
    },
  }
  const shares = Array.from({length: count}, (_, index) => [
    `s${index + 1}`,
    {vch: 'one', create: true, network: 'storage-net', store: {label: `s${index + 1}-store`, vch: 'one'}},
  ])
  return {version: 1, vchs: {one}, shares: Object.fromEntries(shares), ...(verify ? {verify: true} : {})}
}

/** How often the endpoint VM has booted since the sandbox was made, its first boot left out. */
async function powerCycles(handle) {
  const log = await readFile(path.join(handle.directory, 'port-layer.log'), 'utf8')
  return log.split('\n').filter((line) => line.includes('Initializing network')).length - 1
}

function timeApply(count, {verify}, cycles) {
  return withSandbox(async ({handle, env, stateDirectory}) => {
    const file = path.join(stateDirectory, 'shares.yaml')
    await writeFile(file, JSON.stringify(runbookOf(count, {handle, verify})))
    const argv = [process.execPath, RUN, 'runbook', 'apply', file, '--yes', '--allow-self-hosted', '--quiet']
    const ms = await timeProcess(argv, {env})
    cycles.add(await powerCycles(handle))
    return ms
  })
}

export async function benchRunbook() {
  const rows = []
  const ratios = []
  for (const verify of [false, true]) {
    const seen = [new Set(), new Set()]
    const what = verify ? ', each proven by two containers' : ''
    const results = await interleave(
      [
        {name: `1 share${what}`, run: () => timeApply(1, {verify}, seen[0])},
        {name: `${MANY} shares${what}`, run: () => timeApply(MANY, {verify}, seen[1])},
      ],
      ROUNDS,
    )
    const [one, many] = [...results.values()]
    ratios.push(`${pairedRatio(many, one).toFixed(1)}${verify ? ' with proofs' : ''}`)
    for (const [index, [name, {median, min, max}]] of [...results].entries()) {
      const range = `${(min / 1000).toFixed(2)}–${(max / 1000).toFixed(2)}`
      rows.push([name, (median / 1000).toFixed(2), range, [...seen[index]].join(', ')])
    }
  }
  return {
    title: 'A runbook of many shares on one VCH',
    method: `\`vicnfs runbook apply\` from nothing to stores that are online on the sandbox; a new sandbox each time (its start is not counted), ${ROUNDS} rounds in turn after one that is not counted. Power-cycles are counted in the sandbox. ${MANY} shares / 1 share: ${ratios.join(', ')} (medians of the ratios).`,
    head: ['runbook', 'median s', 'min–max s', 'power-cycles'],
    rows,
  }
}

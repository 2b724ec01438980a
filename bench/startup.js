// Start-up of the command line beside an empty Node process.
import {fileURLToPath} from 'node:url'
import {interleave, pairedRatio, timeProcess} from './measure.js'

const RUN = fileURLToPath(new URL('../bin/run.js', import.meta.url))
const ROUNDS = 15
const BASE = 'node -e 0'

export async function benchStartup() {
  const node = process.execPath
  const cases = [
    {name: BASE, run: () => timeProcess([node, '-e', '0'])},
    {name: 'vicnfs --version', run: () => timeProcess([node, RUN, '--version'])},
    {name: 'vicnfs --help', run: () => timeProcess([node, RUN, '--help'])},
    {name: 'vicnfs expose-volume --help', run: () => timeProcess([node, RUN, 'expose-volume', '--help'])},
    {name: 'vicnfs sandbox status', run: () => timeProcess([node, RUN, 'sandbox', 'status', '--json'])},
  ]
  const results = await interleave(cases, ROUNDS)
  const base = results.get(BASE)
  const rows = [...results].map(([name, result]) => [
    name,
    result.median.toFixed(0),
    `${result.min.toFixed(0)}–${result.max.toFixed(0)}`,
    pairedRatio(result, base).toFixed(2),
    (result.median - base.median).toFixed(0),
  ])
  return {
    title: 'Start-up',
    method: `Whole processes, output thrown away, ${ROUNDS} rounds in turn after one that is not counted; ratio = median of the ratios round by round. A clone starts what the package holds: bundled, with oclif's manifest of all commands.`,
    head: ['command', 'median ms', 'min–max ms', `× ${BASE}`, '+ ms'],
    rows,
  }
}

// Start-up of the command line beside an empty Node process.
import {fileURLToPath} from 'node:url'
import {withInstalledCopy} from './installed-copy.js'
import {interleave, pairedRatio, timeProcess} from './measure.js'

const CLONE = fileURLToPath(new URL('../bin/run.js', import.meta.url))
const ROUNDS = 15
const BASE = 'node -e 0'

export async function benchStartup() {
  return withInstalledCopy(async (run) => {
    const node = process.execPath
    const cases = [
      {name: BASE, run: () => timeProcess([node, '-e', '0'])},
      {name: 'vicnfs --version', run: () => timeProcess([node, run, '--version'])},
      {name: 'vicnfs --help', run: () => timeProcess([node, run, '--help'])},
      {name: 'vicnfs expose-volume --help', run: () => timeProcess([node, run, 'expose-volume', '--help'])},
      {name: 'vicnfs sandbox status', run: () => timeProcess([node, run, 'sandbox', 'status', '--json'])},
      {name: 'vicnfs --help, in a clone', run: () => timeProcess([node, CLONE, '--help'])},
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
      method: `Whole processes, output thrown away, ${ROUNDS} rounds in turn after one that is not counted; ratio = median of the ratios round by round. The program is laid out as the package holds it, with oclif's manifest of all commands; a clone has none and loads every command for its help.`,
      head: ['command', 'median ms', 'min–max ms', `× ${BASE}`, '+ ms'],
      rows,
    }
  })
}

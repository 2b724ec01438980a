// Runs every benchmark and writes bench/RESULTS.md. Needs a built dist (npm run bench sees to that).
import {writeFileSync} from 'node:fs'
import os from 'node:os'
import {fileURLToPath} from 'node:url'
import {format, resolveConfig} from 'prettier'
import {benchReadiness} from './readiness.js'
import {benchRunbook} from './runbook.js'
import {benchServerImage} from './server-image.js'
import {benchStartup} from './startup.js'
import {benchStatus} from './status.js'
import {benchWorkflow} from './workflow.js'

const BENCHES = {
  startup: benchStartup,
  readiness: benchReadiness,
  workflow: benchWorkflow,
  runbook: benchRunbook,
  status: benchStatus,
  'server-image': benchServerImage,
}
const FILE = fileURLToPath(new URL('RESULTS.md', import.meta.url))

function tableText({title, method, head, rows}) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [`## ${title}`, '', method, '', line(head), line(head.map(() => '---')), ...rows.map(line), ''].join('\n')
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !(name in BENCHES))
if (unknown.length > 0) {
  process.stderr.write(`no such benchmark: ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}\n`)
  process.exit(2)
}
const sections = []
for (const [name, bench] of Object.entries(BENCHES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  process.stderr.write(`${name} ...\n`)
  const text = tableText(await bench())
  process.stdout.write(`${text}\n`)
  sections.push(text)
}
if (wanted.length === 0) {
  const machine = `${os.cpus().length} cores, Linux ${os.release()}, Node ${process.version}`
  const head = `# Results of \`npm run bench\`\n\nTaken on ${new Date().toISOString().slice(0, 10)}, ${machine}, a shared machine: read the ratios, taken side by side in one run, not the lone milliseconds.\n`
  const style = await resolveConfig(FILE)
  writeFileSync(FILE, await format([head, ...sections].join('\n'), {...style, parser: 'markdown'}))
}

// A command that works until it is told to stop, run as a process by the tests of signals and of closed outputs:
// `node slow-command.js [--json] [--cut] [--noisy]`. Its modules come from dist.
import {Config, Flags} from '@oclif/core'
import {readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'

const dist = new URL('../../dist/src/', import.meta.url)
const {BaseCommand} = await import(new URL('cli/base-command.js', dist).href)
const {runWork} = await import(new URL('engine/work.js', dist).href)

class Slow extends BaseCommand {
  static id = 'slow'
  static flags = {cut: Flags.boolean(), noisy: Flags.boolean()}

  async run() {
    const {flags} = await this.parse(Slow)
    return this.runService((tools) => runWork((work) => workUntilStopped(work, flags), tools), {render: String})
  }
}

async function workUntilStopped(work, flags) {
  await work.step('make', 'make the server', async (step) => {
    step.undo('remove the server', () => Promise.resolve())
  })
  if (flags.cut) work.cutUndo('configure starts')
  return work.step('wait', 'wait', async (step) => {
    if (flags.noisy) return talk(step)
    await new Promise((resolve) => {
      const timer = setInterval(() => undefined, 1000)
      step.signal.addEventListener('abort', () => {
        clearInterval(timer)
        resolve()
      })
      process.send?.('ready')
    })
    step.signal.throwIfAborted()
  })
}

/** Says many things until a closed output is noticed, then a few more, and comes to its end. */
async function talk(step) {
  const closed = {at: Infinity}
  let n = 0
  process.stderr.once('error', () => (closed.at = n))
  for (; n < closed.at + 5; n += 1) {
    step.progress(`line ${String(n)}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  process.exitCode = 42
  return 'came to its end'
}

// Without the commands of the program, which take longer to load than this one takes to run.
const root = fileURLToPath(new URL('../..', import.meta.url))
const {oclif, ...pjson} = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
const config = await Config.load({root, pjson: {...pjson, oclif: {...oclif, commands: undefined, hooks: undefined}}})
await Slow.run(process.argv.slice(2), config)

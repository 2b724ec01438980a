import {describe, expect, it} from '@jest/globals'
import {spawn} from 'node:child_process'
import {fileURLToPath, pathToFileURL} from 'node:url'
import {findChange} from '../../../src/vic-machine/change-run.js'
import {lives} from './fake-vic-machine.js'
import {CHANGE, fake, pids, startedOf, startIn, WAITING} from './change-bench.js'

describe('the process that started it', () => {
  const STARTER = `
    const [module, settings, change, folder] = process.argv.slice(1)
    const {createVicMachine} = await import(module)
    const run = await createVicMachine(JSON.parse(settings)).start(JSON.parse(change), folder)
    console.log(run.pid)
    await run.wait({})
  `

  it.each(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'may be ended with its whole group by %s',
    async (signal) => {
      const made = await fake(WAITING)
      const folder = await made.folder()
      const module = pathToFileURL(
        fileURLToPath(new URL('../../../dist/src/vic-machine/vic-machine.js', import.meta.url)),
      ).href
      const args = [module, JSON.stringify(made.settings), JSON.stringify(CHANGE), folder]
      const starter = spawn(process.execPath, ['--input-type=module', '-e', STARTER, ...args], {
        detached: true,
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const pid = Number(
        await new Promise<string>((resolve) => starter.stdout.once('data', (data: Buffer) => resolve(String(data)))),
      )
      pids.push(pid)
      const ended = new Promise((resolve) => starter.once('exit', resolve))
      process.kill(-(starter.pid ?? 0), signal)
      await ended
      const {runner} = await startedOf(folder)
      pids.push(runner.pid)
      expect([lives(pid), lives(runner.pid)]).toEqual([true, true])
      await made.open()
      expect(await (await findChange(folder))?.wait({})).toMatchObject({claim: 'completed', exitCode: 0})
    },
  )

  it('leaves a runner that ignores signals of its own', async () => {
    const made = await fake(WAITING)
    const run = await startIn(made)
    const {runner} = await startedOf(run.folder)
    for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.kill(runner.pid, signal)
    await made.open()
    expect(await run.wait({})).toMatchObject({claim: 'completed', exitCode: 0})
  })
})

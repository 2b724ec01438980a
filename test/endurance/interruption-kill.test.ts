import {afterEach, describe, expect, it} from '@jest/globals'

import {
  EXPOSE,
  expectConverged,
  openInterruptionWorld,
  startedBy,
  type InterruptionWorld,
} from '../helpers/interruption-world.js'
import {processLives} from '../helpers/watched-cli.js'

let world: InterruptionWorld

afterEach(() => world.close())

describe('interrupted during configure', () => {
  it('kill -9 of vicnfs and of the runner: the next run finds vic-machine by its pid and start time', async () => {
    world = await openInterruptionWorld()
    const {cli, pid} = await world.heldInMidConfigure()
    const {runner, vicMachine} = await startedBy(world)
    cli.signalGroup('SIGKILL')
    expect(await cli.finished).toMatchObject({exitCode: undefined, signal: 'SIGKILL'})
    process.kill(runner.pid, 'SIGKILL')
    expect(vicMachine).toMatchObject({pid, startedAt: expect.stringMatching(/^\d+@/)})
    expect(processLives(pid)).toBe(true)

    const again = world.watch(EXPOSE)
    await again.until(new RegExp(`Wait for vic-machine \\(pid ${pid}\\)`))
    world.letGo()
    const end = await again.finished
    expect(end).toMatchObject({exitCode: 0})
    await expectConverged(world, end.stdout)
  })
})

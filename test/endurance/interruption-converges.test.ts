import {afterEach, describe, expect, it} from '@jest/globals'

import {
  EXPOSE,
  expectConverged,
  openInterruptionWorld,
  startedBy,
  type InterruptionWorld,
} from '../helpers/interruption-world.js'
import {volumeNames} from '../helpers/sandbox-sights.js'

let world: InterruptionWorld

afterEach(() => world.close())

describe('interrupted', () => {
  it('kill -9 of the runner alone: vicnfs follows vic-machine to its end', async () => {
    world = await openInterruptionWorld()
    const cli = world.watch(EXPOSE)
    await world.heldInMidConfigure(cli)
    process.kill((await startedBy(world)).runner.pid, 'SIGKILL')
    world.letGo()
    const end = await cli.finished
    expect(end).toMatchObject({exitCode: 0})
    await expectConverged(world, end.stdout)
  })

  it('Ctrl-C twice exits at once, and the next run converges', async () => {
    world = await openInterruptionWorld({containerStartDelayMs: 1500})
    const cli = world.watch(EXPOSE)
    await cli.until(/Start the server container/)
    cli.signalGroup('SIGINT')
    cli.signalGroup('SIGINT')
    expect((await cli.finished).exitCode).toBe(130)
    expect(await volumeNames(world.vch)).toEqual(['nfs-vol'])
    await world.control.setKnobs({containerStartDelayMs: 10})
    const again = await world.watch(EXPOSE).finished
    expect(again).toMatchObject({exitCode: 0})
    await expectConverged(world, again.stdout)
  })
})

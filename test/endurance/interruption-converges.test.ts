import {afterEach, describe, expect, it} from '@jest/globals'

import {
  EXPOSE,
  expectConverged,
  openInterruptionWorld,
  startedBy,
  type InterruptionWorld,
} from '../helpers/interruption-world.js'
import {volumeNames} from '../helpers/sandbox-sights.js'
import {processLives} from '../helpers/watched-cli.js'

let world: InterruptionWorld

afterEach(() => world.close())

describe('interrupted', () => {
  it('by SIGHUP, SIGTERM, Ctrl-C and Ctrl-C twice, also while waiting: vic-machine goes on, the last run converges', async () => {
    world = await openInterruptionWorld()
    const {cli: first, pid} = await world.heldInMidConfigure()
    const waits = new RegExp(`Wait for vic-machine \\(pid ${pid}\\)`)
    for (const [names, code] of [
      [['SIGHUP'], 129],
      [['SIGTERM'], 143],
      [['SIGINT'], 130],
      [['SIGINT', 'SIGINT'], 130],
    ] as const) {
      const cli = code === 129 ? first : world.watch(EXPOSE)
      if (cli !== first) await cli.until(waits)
      for (const name of names) cli.signalGroup(name)
      const end = await cli.finished
      expect(end.exitCode).toBe(code)
      if (names.length === 1) expect(end.stderr).toContain(`vic-machine (pid ${pid}) goes on`)
      if (names.length === 1) expect(end.stderr).toContain(`try: vicnfs ${EXPOSE.join(' ')}\n`)
      expect(processLives(pid)).toBe(true)
      const status = await world.control.status()
      expect(status.updateInProgress).toBe(true)
      expect(status.containers).toMatchObject([{name: 'vicnfs-nfs-vol', power: 'running'}])
    }
    const last = world.watch(EXPOSE)
    await last.until(waits)
    world.letGo()
    const end = await last.finished
    expect(end).toMatchObject({exitCode: 0})
    await expectConverged(world, end.stdout)
  })

  it('kill -9 of the runner alone: vicnfs follows vic-machine to its end', async () => {
    world = await openInterruptionWorld()
    const {cli} = await world.heldInMidConfigure()
    process.kill((await startedBy(world)).runner.pid, 'SIGKILL')
    world.letGo()
    const end = await cli.finished
    expect(end).toMatchObject({exitCode: 0})
    await expectConverged(world, end.stdout)
  })

  it('Ctrl-C twice exits at once, and the next run converges', async () => {
    world = await openInterruptionWorld({containerStartDelayMs: 3000})
    const cli = world.watch(EXPOSE, {holdAt: /Stopping:/})
    await cli.until(/Start the server container/)
    cli.signalGroup('SIGINT')
    await cli.held()
    cli.signalGroup('SIGINT')
    cli.letGo()
    expect((await cli.finished).exitCode).toBe(130)
    expect(await volumeNames(world.vch)).toEqual(['nfs-vol'])
    await world.control.setKnobs({containerStartDelayMs: 10})
    const again = await world.watch(EXPOSE).finished
    expect(again).toMatchObject({exitCode: 0})
    await expectConverged(world, again.stdout)
  })
})

import {afterEach, describe, expect, it} from '@jest/globals'

import {EXPOSE, expectConverged, openInterruptionWorld, type InterruptionWorld} from '../helpers/interruption-world.js'
import {bootCount, volumeNames} from '../helpers/sandbox-sights.js'
import {processLives} from '../helpers/watched-cli.js'

let world: InterruptionWorld

afterEach(() => world.close())

describe('interrupted during configure', () => {
  it('by Ctrl-C: vic-machine goes on, and the next run waits for it and converges', async () => {
    world = await openInterruptionWorld()
    const {cli: first, pid} = await world.heldInMidConfigure()
    first.signalGroup('SIGINT')
    const {exitCode, stderr} = await first.finished
    expect(exitCode).toBe(130)
    expect(stderr).toContain(`vic-machine (pid ${pid}) goes on`)
    expect(stderr).toContain(`try: vicnfs ${EXPOSE.join(' ')}\n`)
    expect(processLives(pid)).toBe(true)
    expect((await world.control.status()).containers).toMatchObject([{name: 'vicnfs-nfs-vol', power: 'running'}])
    const last = world.watch(EXPOSE)
    await last.until(new RegExp(`Wait for vic-machine \\(pid ${pid}\\)`))
    world.letGo()
    const end = await last.finished
    expect(end).toMatchObject({exitCode: 0})
    expect(end.stderr.match(/Completed successfully/g)).toHaveLength(1)
    await expectConverged(world, end.stdout)
  })
})

describe('interrupted before configure', () => {
  it('Ctrl-C while waiting for readiness: what was made is undone, the volume stays', async () => {
    world = await openInterruptionWorld()
    const cli = world.watch([...EXPOSE, '--export-opts', '192.0.2.0/24(rw,insecure,no_root_squash)'])
    await cli.until(/mountd refuses/)
    expect((await world.control.status()).containers).toMatchObject([{power: 'running'}])
    cli.signalGroup('SIGINT')
    const end = await cli.finished
    expect(end.exitCode).toBe(130)
    expect(end.stderr).toContain('undone: remove the server container')
    const status = await world.control.status()
    expect(status.containers).toEqual([])
    expect(status.stores.map((store) => store.label)).toEqual(['default'])
    expect(await volumeNames(world.vch)).toEqual(['nfs-vol'])
    expect(await bootCount(world.vch)).toBe(1)
  })
})

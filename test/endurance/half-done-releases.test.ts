import {afterEach, describe, expect, it} from '@jest/globals'

import {openHalfDoneWorld, printedCommands, REGISTER, type HalfDoneWorld} from '../helpers/half-done-world.js'
import {changeKinds} from '../helpers/sandbox-sights.js'
import {untilAnswers} from '../helpers/stand-in-world.js'

let world: HalfDoneWorld

afterEach(() => world.bench.close())

describe('a configure that fails, VIC 1.3.1', () => {
  it('leaves the VCH reverted and powered off: exit 8 at once and later; powered on, the printed command registers', async () => {
    world = await openHalfDoneWorld({vicVersion: '1.3.1'})
    await world.control.injectFault('reconfigure', 'InvalidState', 1)
    const end = await world.run(REGISTER)
    expect(end.exitCode).toBe(8)
    expect(end.stderr).toMatch(/is powered off, with its stores of before.*\(VN-HALF-DONE\)/)
    expect(end.stderr).toMatch(/power the endpoint VM vm-\d+ of "consumer" on: it is off/)
    expect(await world.control.status()).toMatchObject({power: 'off'})
    expect(await world.serverPower()).toBe('running')
    const later = await world.run(REGISTER)
    expect(later.exitCode).toBe(8)
    expect(printedCommands(later.stderr)).toEqual(printedCommands(end.stderr))
    expect(await changeKinds(world.bench.directory)).toEqual(['configure'])
    await world.control.vchPowerOn()
    await untilAnswers(world.consumer)
    expect(await world.runPrinted(printedCommands(end.stderr)[0] ?? 'false')).toMatchObject({exitCode: 0})
    expect(await world.stores()).toEqual(['default', 'nfs-store'])
  })
})

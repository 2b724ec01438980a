import {describe, expect, it} from '@jest/globals'

import {runWork} from '../../../../src/engine/work.js'
import {awaitAddress} from '../../../../src/services/share/await-mountable.js'
import type {VchApi, VchContainer} from '../../../../src/vch/vch-api.js'

const CHOICE = {network: 'storage-net', external: true, address: null, client: null} as never

/** Looks at a server container that is in these states, one after the other, the last one for ever. */
function look(states: readonly (Partial<VchContainer> | undefined)[], timeoutMs = 60_000): Promise<string> {
  let looks = 0
  const api = {
    endpoint: 'tcp://server:2376',
    inspectContainer() {
      const state = states[Math.min(looks, states.length - 1)]
      looks += 1
      const whole = {id: 'c1', name: 'vicnfs-v', rawState: state?.state, addresses: {}, exitCode: 0}
      return Promise.resolve(state === undefined ? undefined : {...whole, ...state})
    },
    containerLogs: () => Promise.resolve('nfs-server: error: no volume is mounted at /exports/v\n'),
  } as unknown as VchApi
  return runWork((work) =>
    work.step('wait', 'Wait', (step) => awaitAddress(api, 'c1', {choice: CHOICE, step, timeoutMs})),
  )
}

const running = (address: string): Partial<VchContainer> => ({state: 'running', addresses: {'storage-net': address}})

describe('awaitAddress', () => {
  it('waits for an address', async () => {
    await expect(look([{state: 'starting'}, running(''), running('10.9.0.2')])).resolves.toBe('10.9.0.2')
  })

  it('gives up when none comes in time', async () => {
    await expect(look([running('')], 300)).rejects.toMatchObject({
      code: 'VN-SHARE-NO-ADDRESS',
      exitCode: 4,
      message: expect.stringContaining('no address on "storage-net"'),
    })
  })

  it('gives up at once when the container has ended, with its last words', async () => {
    await expect(look([{state: 'starting'}, {state: 'exited', exitCode: 7}])).rejects.toMatchObject({
      code: 'VN-SHARE-SERVER-ENDED',
      message: 'The server container "vicnfs-v" ended with exit code 7.',
      reason: 'It says: no volume is mounted at /exports/v',
      tries: ['docker -H tcp://server:2376 logs vicnfs-v'],
    })
  })

  it('gives up at once when the container is gone', async () => {
    await expect(look([{state: 'starting'}, undefined])).rejects.toMatchObject({
      code: 'VN-SHARE-SERVER-ENDED',
      message: 'The server container is gone.',
    })
  })
})

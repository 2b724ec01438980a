import {describe, expect, it} from '@jest/globals'
import {runWork} from '../../../../src/engine/work.js'
import {startServer} from '../../../../src/services/share/start-server.js'
import type {ContainerState, VchApi, VchContainer} from '../../../../src/vch/vch-api.js'

/** A VCH whose one container goes through these states, one at each look; the last one stays. */
function vchWith(states: readonly (ContainerState | Error)[]): {api: VchApi; done: string[]} {
  const done: string[] = []
  let looks = 0
  const api = {
    async inspectContainer() {
      const state = states[Math.min(looks++, states.length - 1)]
      if (state instanceof Error) throw state
      done.push(`look ${state}`)
      return {id: 'c1', state, rawState: state} as VchContainer
    },
    startContainer: async (id: string) => void done.push(`start ${id}`),
  }
  return {api: api as unknown as VchApi, done}
}

const start = (api: VchApi, state: ContainerState, timeoutMs: number): Promise<void> =>
  runWork((work) => work.step('start', 'Start it', (step) => startServer(api, {id: 'c1', state}, {step, timeoutMs})))

describe('the start of a server container', () => {
  it.each(['created', 'exited', 'starting', 'unknown'] as const)('that is %s comes at once', async (state) => {
    const {api, done} = vchWith([state])
    await start(api, state, 10_000)
    expect(done).toEqual(['start c1'])
  })

  it('that is stopping comes after its stop, whatever a look in between comes to', async () => {
    const {api, done} = vchWith(['stopping', new Error('ECONNRESET'), 'stopping', 'exited'])
    await start(api, 'stopping', 10_000)
    expect(done).toEqual(['look stopping', 'look stopping', 'look exited', 'start c1'])
  })

  it.each([
    ['that goes on stopping', ['stopping'] as const, undefined],
    ['of a VCH that does not answer', [new Error('ECONNRESET')] as const, 'ECONNRESET'],
  ])('%s does not come', async (_title, states, reason) => {
    const {api, done} = vchWith(states)
    const message = 'The server container does not come to the end of its stop.'
    await expect(start(api, 'stopping', 50)).rejects.toMatchObject({code: 'VN-VCH-TIMEOUT', message})
    await expect(start(api, 'stopping', 50)).rejects.toMatchObject(reason === undefined ? {} : {reason})
    expect(done).not.toContain('start c1')
  })
})

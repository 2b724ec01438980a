import {describe, expect, it} from '@jest/globals'
import type {WorkEvent} from '../../../src/model/event.js'
import {connectImageEngine} from '../../../src/services/image/image-engine.js'

async function saidOf(environment: Record<string, string>): Promise<string[]> {
  const events: WorkEvent[] = []
  const {signal} = new AbortController()
  const home = {DOCKER_CONFIG: '/nonexistent'}
  await connectImageEngine(
    {host: 'engine:2376'},
    {environment: {...home, ...environment}, signal, onEvent: (event) => events.push(event)},
  )
  return events.flatMap((event) => (event.type === 'note' ? event.text : []))
}

describe('the Docker Engine that gets the login of a registry', () => {
  it('is said to be unchecked where its certificate is not checked', async () => {
    expect(await saidOf({DOCKER_TLS: '1'})).toEqual([expect.stringContaining('https://engine:2376 is not checked')])
    expect(await saidOf({})).toEqual([])
  })
})

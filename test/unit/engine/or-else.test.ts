import {describe, expect, it} from '@jest/globals'

import {orElse} from '../../../src/engine/or-else.js'

describe('orElse', () => {
  const {signal} = new AbortController()

  it('gives what was found, and the other thing where the look fails', async () => {
    expect(await orElse(Promise.resolve(['a']), [], {signal})).toEqual(['a'])
    expect(await orElse(Promise.reject(new Error('refused')), 'nothing', {signal})).toBe('nothing')
  })

  it('does not take a look that was broken off for one that found nothing', async () => {
    const stop = new AbortController()
    const look = new Promise<never>((_resolve, reject) => {
      stop.signal.addEventListener('abort', () => {
        reject(new Error('broken off'))
      })
    })
    const found = orElse(look, 'nothing', {signal: stop.signal})
    stop.abort()
    await expect(found).rejects.toMatchObject({code: 'VN-INTERRUPTED'})
  })
})

import {expect, it} from '@jest/globals'
import {PassThrough, Readable} from 'node:stream'

import {registryPassword} from '../../../src/cli/registry-password.js'

const options = {
  username: 'robot',
  fromStdin: true,
  askSecret: async () => 'typed',
  signal: new AbortController().signal,
}

it('takes the password from stdin, without its last line end only', async () => {
  expect(await registryPassword({...options, stdin: Readable.from([' a\n', 'b \r\n'])})).toBe(' a\nb ')
  await expect(registryPassword({...options, stdin: Readable.from(['\n'])})).rejects.toMatchObject({
    code: 'VN-SETTING-MISSING',
  })
})

it('asks for it where nobody gave it', async () => {
  expect(await registryPassword({...options, fromStdin: false})).toBe('typed')
})

it('waits for nobody who keeps stdin open, once it is told to stop', async () => {
  const stop = new AbortController()
  const given = registryPassword({...options, signal: stop.signal, stdin: new PassThrough()})
  stop.abort(new Error('told to stop'))
  await expect(given).rejects.toThrow('told to stop')
})

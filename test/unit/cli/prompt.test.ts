import {describe, expect, it} from '@jest/globals'
import {PassThrough} from 'node:stream'

import {ask, type PromptOptions} from '../../../src/cli/prompt.js'

function terminal() {
  const input = new PassThrough()
  const output = new PassThrough()
  let shown = ''
  output.on('data', (chunk: Buffer) => (shown += chunk.toString()))
  const controller = new AbortController()
  const onInterrupt = (): void => {
    controller.abort(new Error('interrupted'))
  }
  const options: PromptOptions = {input, output, signal: controller.signal, onInterrupt}
  return {input, options, shown: () => shown}
}

describe('ask', () => {
  it('gives the typed line', async () => {
    const {input, options} = terminal()
    const answer = ask('go on? ', options)
    input.write('yes\r')
    await expect(answer).resolves.toBe('yes')
  })

  it('shows the question but not what is typed when it is hidden', async () => {
    const {input, options, shown} = terminal()
    const answer = ask('Password: ', {...options, hidden: true})
    input.write('s3cret\r')
    await expect(answer).resolves.toBe('s3cret')
    expect(shown()).toContain('Password: ')
    expect(shown()).not.toContain('s3cret')
  })

  it('control: what is typed is shown when it is not hidden', async () => {
    const {input, options, shown} = terminal()
    const answer = ask('Name: ', options)
    input.write('s3cret\r')
    await answer
    expect(shown()).toContain('s3cret')
  })

  it('gives nothing at the end of the input', async () => {
    const {input, options} = terminal()
    const answer = ask('go on? ', options)
    input.end()
    await expect(answer).resolves.toBeUndefined()
  })

  it('ends with the reason of the interruption on Ctrl-C', async () => {
    const {input, options} = terminal()
    const answer = ask('go on? ', options)
    input.write('\u0003')
    await expect(answer).rejects.toThrow('interrupted')
  })
})

import {PassThrough} from 'node:stream'
import {stripVTControlCharacters} from 'node:util'
import {describe, expect, it} from '@jest/globals'

import {lookOf} from '../../../src/cli/look.js'
import {createProgress} from '../../../src/cli/progress.js'

function terminal(rows: number) {
  const stream = Object.assign(new PassThrough(), {isTTY: true, columns: 100, rows}) as unknown as NodeJS.WriteStream
  let text = ''
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const look = lookOf(stream, {environment: {LANG: 'C.UTF-8'}, platform: 'linux'})
  const progress = createProgress({look, silent: false, verbose: false, stream})
  return {progress, shown: () => stripVTControlCharacters(text)}
}

const STEPS = ['a', 'b', 'c'].map((key) => ({id: `stores/${key}`, title: `Stores of ${key}`}))

async function twoOfThree(rows: number): Promise<string> {
  const {progress, shown} = terminal(rows)
  const {onEvent} = progress
  onEvent({type: 'steps.planned', steps: STEPS})
  for (const {id, title} of STEPS.slice(0, 2)) onEvent({type: 'step.started', id, title})
  onEvent({type: 'step.started', id: 'a/configure', title: 'a: vic-machine configures'})
  onEvent({type: 'step.done', id: 'a/configure', title: 'a: vic-machine configures', outcome: 'changed', durationMs: 5})
  onEvent({type: 'step.failed', id: 'stores/b', title: 'Stores of b', message: 'no', durationMs: 1})
  onEvent({
    type: 'step.done',
    id: 'stores/a',
    title: 'Stores of a',
    outcome: 'changed',
    durationMs: 9,
    note: '3 online',
  })
  onEvent({type: 'steps.over'})
  onEvent({type: 'note', level: 'info', text: 'the end'})
  await progress.close()
  return shown()
}

describe('steps side by side on a terminal', () => {
  it('are drawn as one list, each with its own mark, also one that never started', async () => {
    const text = await twoOfThree(40)
    expect(text).toMatch(/✔ Stores of a .*3 online/)
    expect(text).toMatch(/✘ Stores of b/)
    expect(text).toMatch(/▸ Stores of c/)
    expect(text.indexOf('✔ a: vic-machine configures')).toBeGreaterThan(text.lastIndexOf('▸ Stores of c'))
    expect(text.trimEnd()).toMatch(/the end$/)
  })

  it('are told one after the other where the terminal has no room for them', async () => {
    const text = await twoOfThree(6)
    expect(text).toMatch(/✔ Stores of a .*3 online/)
    expect(text).toMatch(/✘ Stores of b/)
    expect(text).not.toContain('Stores of c')
  })
})

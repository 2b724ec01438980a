import {PassThrough} from 'node:stream'
import {describe, expect, it} from '@jest/globals'

import {followLines, shownLine} from '../../../../../src/services/runbook/phases/step-output.js'

async function linesOf(chunks: readonly (string | Buffer)[]): Promise<string[]> {
  const stream = new PassThrough()
  const lines: string[] = []
  const done = followLines(stream, (line) => lines.push(line))
  for (const chunk of chunks) stream.write(chunk)
  stream.end()
  await done
  return lines
}

describe('what a step says', () => {
  it('is cut into lines wherever the chunks are, the last one without an end among them', async () => {
    expect(await linesOf(['one\ntw', 'o\r', '\nthr', 'ee\r\n\nfour\rfi', 've'])).toEqual([
      'one',
      'two',
      'three',
      '',
      'four',
      'five',
    ])
    const umlaut = Buffer.from('ä\n')
    expect(await linesOf([umlaut.subarray(0, 1), umlaut.subarray(1)])).toEqual(['ä'])
    expect(await linesOf([])).toEqual([])
  })

  it('takes no more memory than a line may, without an end for ever', async () => {
    const chunk = 'x'.repeat(1_000_000)
    const lines = await linesOf([chunk, chunk, '\n', 'next'])
    expect(lines.map(({length}) => length)).toEqual([4096, 4])
    expect(shownLine(lines[0] ?? '', [])).toHaveLength(1001)
  })

  it('holds no secret: not in two chunks, not line by line, not at the end of what is shown', async () => {
    const [line = ''] = await linesOf(['the tok', '3n-of-mine\n'])
    expect(shownLine(line, ['tok3n-of-mine'])).toBe('the ***')
    const key = '-----BEGIN KEY-----\nMIIEvQIBADANBg\n}\nshort\n'
    const shown = key.split('\n').map((each) => shownLine(`| ${each}`, [key]))
    expect(shown).toEqual(['| ***', '| ***', '| }', '| short', '| '])
    expect(shownLine(`${'x'.repeat(995)}tok3n-of-mine`, ['tok3n-of-mine'])).not.toContain('tok3')
  })

  it('tells the terminal nothing: no colours, titles, bells, cursor', () => {
    const said = '\u001b[31mred\u001b[0m \u001b]0;title\u0007bell\u0007 \u001b[2K\u001b[1Aup\tend\u009b31m\0'
    expect(shownLine(said, [])).toBe('red bell\ufffd up  end\ufffd31m\ufffd')
    expect(shownLine('tok\u001b[0m3n-of-mine', ['tok3n-of-mine'])).toBe('***')
  })
})

import {describe, expect, it} from '@jest/globals'
import {globalLine, pipeLine, quoteGo, terminalLine} from '../../../../src/sandbox/vic-machine/log-lines.js'

const now = new Date(2026, 10, 3, 15, 4, 5, 67)

describe('the lines of vic-machine', () => {
  it('quotes a message only where it must, and ends with a blank', () => {
    expect(pipeLine('info', 'Validating target', now)).toMatch(
      /^time="2026-11-03T15:04:05(?:Z|[+-]\d\d:\d\d)" level=info msg="Validating target" \n$/,
    )
    expect(pipeLine('error', '--------------------', now)).toMatch(/ level=error msg=-------------------- \n$/)
    expect(pipeLine('info', '192.0.2.51', now)).toMatch(/ msg=192\.0\.2\.51 \n$/)
    expect(pipeLine('info', '', now)).toMatch(/ level=info \n$/)
    expect(pipeLine('warning', 'a/b', now)).toMatch(/ level=warning msg="a\/b" \n$/)
  })

  it('quotes as Go does', () => {
    expect(quoteGo('a "b"\n\tc\\ ü \u0001\u200B')).toBe(String.raw`"a \"b\"\n\tc\\ ü \x01\u200b"`)
  })

  it('colours and pads on a terminal', () => {
    expect(terminalLine('info', 'Validating target', 3999)).toBe(
      `\u001B[34mINFO\u001B[0m[0003] ${'Validating target'.padEnd(44)} \n`,
    )
    expect(terminalLine('error', 'x'.repeat(50), 0)).toBe(`\u001B[31mERRO\u001B[0m[0000] ${'x'.repeat(50)} \n`)
  })

  it('dates the lines of the global logger', () => {
    expect(globalLine('error', 'two\nlines', now)).toMatch(
      /^Nov {2}3 2026 15:04:05\.067(?:Z|[+-]\d\d:\d\d) ERROR two\nlines\n$/,
    )
    expect(globalLine('info', 'x', now)).toContain(' INFO  x')
  })
})

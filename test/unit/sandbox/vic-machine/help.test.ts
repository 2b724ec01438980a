import {existsSync} from 'node:fs'
import {describe, expect, it} from '@jest/globals'
import {callStandIn} from './call-stand-in.js'
import {fakeWorld} from './fake-vcenter.js'
import {readTranscript, TRANSCRIPTS} from './transcript.js'

const CASES = [
  'usage-configure-help',
  'usage-configure-extended-help',
  'usage-configure-unknown-flag',
  'usage-configure-flag-without-value',
  'usage-configure-bad-target',
  'usage-ls-help',
  'usage-inspect-help',
  'usage-inspect-config-help',
  'version-v1.4.3-configure-help',
  'version-v1.4.3-inspect-config-help',
  'version-v1.4.3-unknown-flag',
]

/** Flags with their names, defaults and variables; the sentences between are our own. */
function shape(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => !/^ {30}/.test(line))
    .map((line) => {
      if (!line.startsWith('   -')) return line
      const [names = ''] = line.trim().split('  ')
      return [names, /\(default: .*?\)/.exec(line)?.[0], /\[\$\w+\]/.exec(line)?.[0]].filter(Boolean).join(' ')
    })
}

const compare = existsSync(TRANSCRIPTS) ? it : it.skip

describe('help of the stand-in', () => {
  compare.each(CASES)('%s has the shape of the recorded one', async (name) => {
    const recorded = readTranscript(name)
    const result = await callStandIn(fakeWorld([]), recorded.words, {version: recorded.version, environment: {}})
    expect(result.exitCode).toBe(recorded.exitCode)
    expect(shape(result.stdout)).toEqual(shape(recorded.stdout))
  })

  it('names the sandbox, its commands and its version', async () => {
    const {stdout, exitCode} = await callStandIn(fakeWorld([]), [])
    expect(exitCode).toBe(0)
    expect(stdout).toContain('sandbox')
    expect(stdout).toContain('VERSION:\n   v1.5.8-10000-2c978fe\n')
  })

  it('says that it does not emulate create', async () => {
    expect(await callStandIn(fakeWorld([]), ['create'])).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringContaining('sandbox'),
    })
  })
})

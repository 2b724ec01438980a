import {describe, expect, it} from '@jest/globals'
import {readdirSync, readFileSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

import RunbookApply from '../../../commands/runbook/apply.js'
import RunbookDestroy from '../../../commands/runbook/destroy.js'
import Teardown from '../../../commands/teardown.js'
import {readRunbook} from '../../../src/runbook/read-runbook.js'
import {runCli} from '../../helpers/cli.js'

const folder = fileURLToPath(new URL('../../fixtures/runbooks/wrong', import.meta.url))
const names = readdirSync(folder)
const SECRET = 'hunter2 is secret'
const ENVIRONMENT = {EMPTY: '', SECRET, LARGE: '99999'}

/** What a fixture says of itself: `# line:col: path: message. fix`, one line each, at its top. */
function expectedOf(text: string): string[] {
  const lines = text.split(/\r?\n/)
  const end = lines.findIndex((line) => !/^# \d+:\d+: /.test(line))
  return lines.slice(0, end).map((line) => line.slice(2))
}

function problemsOf(text: string): string[] {
  const read = readRunbook(text, {file: 'x', folder: '/', environment: ENVIRONMENT})
  if ('runbook' in read) return []
  return read.problems.map(({line, col, path: at, message, fix}) => {
    const place = `${String(line)}:${String(col)}:`
    return [place, ...(at === '' ? [] : [`${at}:`]), `${message}. ${fix}`].join(' ')
  })
}

describe('a wrong runbook', () => {
  it('has enough fellows', () => {
    expect(names.length).toBeGreaterThanOrEqual(40)
  })

  it.each(names)('%s is refused for all that is wrong with it, each at its place', (name) => {
    const text = readFileSync(path.join(folder, name), 'utf8')
    const expected = expectedOf(text)
    expect(expected).not.toEqual([])
    expect(problemsOf(text)).toEqual(expected)
  })

  it('is told of consents only that some command takes', () => {
    const text = readFileSync(path.join(folder, 'consents.yaml'), 'utf8')
    const advised = [...text.matchAll(/^# .*: vicnfs (?:runbook )?(apply|destroy|teardown) \S+ --(\S+)$/gm)]
    expect(advised).toHaveLength(10)
    const flags = {apply: RunbookApply.flags, destroy: RunbookDestroy.flags, teardown: Teardown.flags}
    for (const [, command = '', flag] of advised) {
      expect({command, flags: Object.keys(flags[command as keyof typeof flags])}).toMatchObject({
        flags: expect.arrayContaining([flag]) as unknown,
      })
    }
  })

  it('never shows what a variable stands for, nor a password that somebody wrote into it', () => {
    const shown = names.flatMap((name) => problemsOf(readFileSync(path.join(folder, name), 'utf8'))).join('\n')
    expect(shown).toContain('${SECRET}')
    expect(shown).not.toMatch(/hunter2|99999(?! is (?:no|not a) (?:TCP )?port)/)
  })

  it('control: the same values are shown where they are no secret', () => {
    const text = 'version: 1\nvchs: {a: {docker: "tcp://a:1"}}\nshares: {s: {vch: hunter2}}'
    expect(problemsOf(text)).toEqual(['3:19: shares.s.vch: there is no VCH "hunter2". Under vchs there are a.'])
  })

  it('is refused by the command with exit code 2, one line a mistake, without a stack trace', async () => {
    const files = names.map((name) => path.join(folder, name))
    const env = {...ENVIRONMENT, HOST: undefined, UNSET: undefined, UNSET_TOKEN: undefined}
    // Each run of the command takes its time; the texts of all were compared above.
    for (const file of files.slice(0, 3)) {
      const {stdout, stderr, exitCode} = await runCli(['runbook', 'validate', file], {env})
      expect({file, stdout, exitCode}).toEqual({file, stdout: '', exitCode: 2})
      expect(stderr).not.toMatch(/^\s+at /m)
      const lines = stderr.split('\n').filter((line) => line.startsWith(`${file}:`))
      expect(lines).toHaveLength(expectedOf(readFileSync(file, 'utf8')).length)
    }
    const all = await runCli(['runbook', 'validate', ...files, '--json'], {env})
    const {code, details} = (all.json as {error: {code: string; details: {problems: object[]}}}).error
    expect({code, stderr: all.stderr, exitCode: all.exitCode}).toEqual({
      code: 'VN-RUNBOOK-INVALID',
      stderr: '',
      exitCode: 2,
    })
    expect(new Set(details.problems.map((problem) => (problem as {file: string}).file)).size).toBe(files.length)
    expect(details.problems[0]).toEqual({
      file: expect.any(String),
      line: expect.any(Number),
      col: expect.any(Number),
      path: expect.any(String),
      message: expect.any(String),
      fix: expect.any(String),
    })
  })
})

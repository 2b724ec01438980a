import {describe, expect, it} from '@jest/globals'

import {runCli, spawnCli, startCli} from '../helpers/cli.js'

describe('a command that does not exist', () => {
  it.each([
    ['in this process', runCli],
    ['as a process', spawnCli],
  ])('is one JSON document with exit code 2, %s', async (_name, cli) => {
    const {json, stderr, exitCode} = await cli(['no-such-command', '--json'])
    expect(json).toMatchObject({
      schemaVersion: 1,
      ok: false,
      command: 'no-such-command',
      error: {code: 'VN-USAGE', tries: expect.arrayContaining(['vicnfs --help'])},
    })
    expect({stderr, exitCode}).toEqual({stderr: '', exitCode: 2})
  })

  it('is two lines and a hint in text, on stderr', async () => {
    const {stdout, stderr, exitCode} = await runCli(['sandboks'])
    expect({stdout, exitCode}).toEqual({stdout: '', exitCode: 2})
    expect(stderr).toContain('"sandboks" is not a command of vicnfs (VN-USAGE)')
    expect(stderr).toContain('try: vicnfs sandbox --help')
  })

  it('leaves nothing behind in this process', async () => {
    const {exitCode, env} = process
    await runCli(['no-such-command'], {env: {VICNFS_VCH: 'x'}, stdin: 'text'})
    expect(process.exitCode).toBe(exitCode)
    expect(process.env).toBe(env)
    expect(process.env['VICNFS_VCH']).toBeUndefined()
  })
})

describe('a reader that goes away', () => {
  it('does not make --help fail', async () => {
    const {child, finished} = startCli(['--help'])
    child.stdout?.destroy()
    const {exitCode, stderr} = await finished
    expect({exitCode, stderr}).toEqual({exitCode: 0, stderr: ''})
  })
})

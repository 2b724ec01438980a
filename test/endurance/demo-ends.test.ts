import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'

import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {watchCli} from '../helpers/watched-cli.js'

let bench: SandboxBench
let env: Environment

beforeEach(async () => {
  bench = await openSandboxBench()
  env = {VICNFS_STATE_DIR: bench.directory}
})
afterEach(() => bench.close())

const run = (...argv: readonly string[]) => watchCli(argv, env).finished

describe('the demo', () => {
  it('interrupted during configure says what became of its sandbox, and leaves none', async () => {
    const cli = watchCli(['demo'], env)
    await cli.until(/Setting VM configuration/)
    cli.signalGroup('SIGINT')
    const {exitCode, stderr} = await cli.finished
    expect(exitCode).toBe(130)
    expect(stderr).toContain('The demo was interrupted in the middle of configure. (VN-INTERRUPTED)')
    expect(stderr).not.toContain('vicnfs stopped watching it')
    expect((await run('sandbox', 'status', '--json')).stdout).not.toContain('"demo"')
  })

  it('that is kept stands among the other sandboxes, and is not mixed with the next one', async () => {
    const kept = await run('demo', '--keep')
    expect(kept).toMatchObject({exitCode: 0, stdout: expect.stringContaining('stop it: vicnfs sandbox stop demo')})
    expect((await run('sandbox', 'status')).stdout).toMatch(/^demo +1\.5\.8 +running/m)
    expect(await run('demo', '--keep')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('VN-SANDBOX-EXISTS'),
    })
    expect(await run('sandbox', 'stop', 'demo', '--remove')).toMatchObject({exitCode: 0})
    expect((await run('sandbox', 'status')).stdout).not.toContain('demo')
  })
})

import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'

import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'

import {siblingPaths} from '../../src/sandbox/lifecycle/private-folder.js'
import {readDaemonMark, readState, sandboxDirectory} from '../../src/sandbox/lifecycle/sandbox-directory.js'
import {connectControl} from '../../src/sandbox/vcenter/control-client.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {watchCli, type WatchedCli} from '../helpers/watched-cli.js'

let bench: SandboxBench
let env: Environment

beforeEach(async () => {
  bench = await openSandboxBench()
  env = {VICNFS_STATE_DIR: bench.directory}
})
afterEach(() => bench.close())

/** The restart of the VCH of a demo, and with it the configure, does not come to its end. */
async function bootFromNowOnWithoutEnd({pid}: WatchedCli): Promise<void> {
  const names = readdirSync(tmpdir()).filter((name) => name.startsWith('vicnfs-demo-'))
  const directories = names.map((name) => sandboxDirectory('demo', path.join(tmpdir(), name)))
  const its = directories.find((directory) => parentOf(readDaemonMark(directory)?.pid ?? 0) === pid)
  const control = await connectControl(siblingPaths(readState(its ?? '')?.socketPath ?? '').control)
  await control.setKnobs({bootDelayMs: 600_000})
  control.close()
}

/** The process that started another one: field 4 of proc(5). */
function parentOf(pid: number): number {
  const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : ''
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}

const run = (...argv: readonly string[]) => watchCli(argv, env).finished

describe('the demo', () => {
  it('interrupted during configure says what became of its sandbox, and leaves none', async () => {
    const cli = watchCli(['demo'], env, {holdAt: /A VMDK volume attaches to one container/})
    await cli.held()
    await bootFromNowOnWithoutEnd(cli)
    cli.letGo()
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

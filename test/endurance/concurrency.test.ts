import {readdir} from 'node:fs/promises'
import path from 'node:path'

import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'

import {lockVch} from '../../src/journal/lock.js'
import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import type {ControlClient} from '../../src/sandbox/vcenter/control-api.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {watchCli} from '../helpers/watched-cli.js'

let bench: SandboxBench
let vch: SandboxHandle
let env: Environment
let control: ControlClient

const locks = async (): Promise<string[]> => {
  const names = await readdir(path.join(bench.directory, 'locks'))
  return names.filter((name) => name.endsWith('.lock'))
}

beforeEach(async () => {
  bench = await openSandboxBench()
  vch = await bench.start('one')
  env = bench.environment(vch)
  control = await bench.control(vch)
})
afterEach(() => bench.close())

describe('one change at a time', () => {
  it('waits for a lock that a living process holds, and changes nothing before it is released', async () => {
    const keys = [`endpoint:unix://${vch.socketPath}`]
    const release = await lockVch(bench.directory, keys, {timeoutMs: 1000})
    const cli = watchCli(['expose-volume', 'nfs-vol', '--create'], env)
    await cli.until(/waiting for/)
    expect((await control.status()).containers).toEqual([])
    await release()
    const end = await cli.finished
    expect(end).toMatchObject({exitCode: 0})
    const control2 = await bench.run(['expose-volume', 'nfs-vol'], env)
    expect(control2.stderr).not.toContain('waiting for')
  })

  it('is not held up by the lock of a process that was killed', async () => {
    const cli = watchCli(['expose-volume', 'nfs-vol', '--create'], env, {holdAt: /POST \S+\/containers\/\w+\/start/})
    await cli.held()
    expect(await locks()).toHaveLength(1)
    cli.signalGroup('SIGKILL')
    await cli.finished
    expect(await locks()).toHaveLength(1)
    const again = await bench.run(['expose-volume', 'nfs-vol'], env)
    expect(again).toMatchObject({exitCode: 0})
    expect(again.stderr).not.toContain('waiting for')
    expect(await locks()).toEqual([])
  })
})

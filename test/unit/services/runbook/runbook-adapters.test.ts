import {describe, expect, it} from '@jest/globals'
// jest does not bear two dynamic imports of one module at a time, as connecting does them: here they are loaded before.
import 'dockerode'
import 'execa'
import '../../../../src/vch/connect.js'
import '../../../../src/vch/endpoint/resolve-endpoint.js'
import '../../../../src/vch/endpoint/same-endpoint.js'
import '../../../../src/vic-machine/change-run.js'
import '../../../../src/vic-machine/vic-machine.js'

import type {Runbook, RunbookVch} from '../../../../src/runbook/runbook.js'
import {VicnfsError} from '../../../../src/model/vicnfs-error.js'
import {commandsOfVchs} from '../../../../src/services/runbook/vch-place.js'
import {connectRunbook} from '../../../../src/services/runbook/runbook-adapters.js'

const vch = (key: string, passwordVariable: string): RunbookVch => ({
  key,
  docker: {host: `unix:///run/${key}.sock`},
  vicMachine: {path: '/opt/vic-machine', target: 'vcenter', user: 'admin', vchId: `vm-${key}`, passwordVariable},
})
const RUNBOOK: Runbook = {
  file: 'a.yaml',
  vchs: [
    {key: 'storage', docker: {host: 'unix:///run/s.sock'}},
    ...['web', 'batch'].map((key) => vch(key, 'PASSWORD')),
    vch('build', 'BUILD_PASSWORD'),
  ],
  shares: [],
  steps: [],
}
describe('commands to try outside of a runbook', () => {
  const commands = commandsOfVchs(RUNBOOK, {VIC_MACHINE_USER: 'admin'})
  it('say where its VCHs are, the consumer VCH beside the server VCH', () => {
    expect(commands.command('vicnfs teardown a', {server: 'storage', consumer: 'web'})).toBe(
      'vicnfs teardown a --host unix:///run/s.sock --consumer-host unix:///run/web.sock' +
        ' --vic-machine /opt/vic-machine --target vcenter --vch-id vm-web',
    )
    expect(commands.command('vicnfs expose-volume a', {server: 'storage'})).toBe(
      'vicnfs expose-volume a --host unix:///run/s.sock',
    )
    const error = new VicnfsError('VN-PARKED', 'It is parked.', {tries: ['vicnfs status'], details: {a: 1}})
    const changed = commands.error(error, {server: 'web', consumer: 'web'})
    expect(changed.tries).toEqual([expect.stringMatching(/^vicnfs status --host unix:\/\/\/run\/web.sock --vic-/)])
    const report = {text: 'It is parked: vicnfs status', findings: [{tries: ['vicnfs status']}]}
    expect(commands.result(report, {server: 'web', consumer: 'web'})).toEqual({
      text: report.text,
      findings: [{tries: changed.tries}],
    })
    expect(changed).toMatchObject({code: 'VN-PARKED', message: error.message, details: {a: 1}, exitCode: 3})
  })

  it('do not let a variable of the shell name another consumer', () => {
    const misled = commandsOfVchs(RUNBOOK, {VICNFS_CONSUMER_HOST: 'tcp://other'})
    expect(misled.command('vicnfs status', {server: 'web', consumer: 'web'})).toContain(
      '--consumer-host unix:///run/web.sock',
    )
  })
})

const LIMITS = {readyTimeoutMs: 1, vicMachineTimeoutMs: 1, vchTimeoutMs: 1, stepTimeoutMs: 1}

describe('the vSphere passwords of a runbook', () => {
  it('are asked for once for each VCH, one question at a time, and only where their variable is not set', async () => {
    const prompts: string[] = []
    let [open, most] = [0, 0]
    const askSecret = async (prompt: string): Promise<string> => {
      open += 1
      most = Math.max(most, open)
      await new Promise((resolve) => setImmediate(resolve))
      prompts.push(prompt)
      open -= 1
      return `typed-${prompts.length}`
    }
    const adapters = await connectRunbook(
      RUNBOOK,
      {limits: LIMITS},
      {
        environment: {BUILD_PASSWORD: 'set', VICNFS_STATE_DIR: '/nowhere'},
        signal: new AbortController().signal,
        confirm: () => Promise.resolve(),
        askSecret,
      },
    )
    const both = ['web', 'batch', 'build'].flatMap((key) => [adapters.one(key), adapters.pair('storage', key)])
    await Promise.all([...both, ...both].map((each) => each.vicMachine()))
    await adapters.one('web').vicMachine()
    expect(prompts.sort()).toEqual(['vSphere password for admin (batch)', 'vSphere password for admin (web)'])
    expect(most).toBe(1)
    // None of them is ever shown.
    expect([...adapters.secrets()].sort()).toEqual(['set', 'typed-1', 'typed-2'])
  })
})

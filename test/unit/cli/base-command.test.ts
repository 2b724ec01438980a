import {captureOutput} from '@oclif/test'
import {Args, type Config} from '@oclif/core'
import {afterEach, beforeAll, describe, expect, it} from '@jest/globals'

import {loadSourceConfig} from '../../../scripts/source-config.js'
import {BaseCommand, type RunServiceOptions} from '../../../src/cli/base-command.js'
import type {ServiceTools} from '../../../src/cli/service-tools.js'
import {connectFlags} from '../../../src/cli/connect-flags.js'
import {consentFlags, consumerFlags, timeFlags, toConsumerSettings, toTimeLimits} from '../../../src/cli/flags.js'
import {EXCHANGE_CUT} from '../../../src/model/event.js'
import {VicnfsError} from '../../../src/model/vicnfs-error.js'

type Service = (tools: ServiceTools, flags: Record<string, unknown>) => Promise<unknown>

let config: Config
let service: Service = () => Promise.resolve({n: 1})
let options: RunServiceOptions<unknown> = {render: (result) => JSON.stringify(result)}

class Probe extends BaseCommand {
  static override id = 'runbook:probe'
  static override args = {volume: Args.string({required: true, description: 'a volume'})}
  static override flags = {...consumerFlags, ...timeFlags, yes: consentFlags.yes}

  async run(): Promise<unknown> {
    const {flags} = await this.parse(Probe)
    return this.runService((tools) => service(tools, flags), options)
  }
}

beforeAll(async () => {
  config = await loadSourceConfig()
})

const {exitCode: outerExitCode} = process
afterEach(() => {
  process.exitCode = outerExitCode
  service = () => Promise.resolve({n: 1})
  options = {render: (result) => JSON.stringify(result)}
})

function exitCodeNow(): number {
  return Number(process.exitCode ?? 0)
}

async function probe(...argv: string[]) {
  process.exitCode = undefined
  const {stdout, stderr, error} = await captureOutput(() => Probe.run(argv, config))
  const exitCode = exitCodeNow()
  process.exitCode = outerExitCode
  return {stdout, stderr, exitCode, thrown: error}
}

const failing =
  (error: Error): Service =>
  (tools) => {
    tools.onEvent({type: 'note', level: 'warning', text: 'careful'})
    return Promise.reject(error)
  }

/** A command that works on VCHs; commands that are printed have to say which. */
class Placed extends BaseCommand {
  static override id = 'teardown'
  static override flags = connectFlags

  async run(): Promise<unknown> {
    await this.parse(Placed)
    return this.runService((tools) => service(tools, {}), options)
  }
}

describe('names that somebody else has given', () => {
  const name = 'web\u001b[2J'

  it('draw nothing on a terminal, neither on the way nor in the result, and are told as they are in JSON', async () => {
    options = {render: (result) => (result as {name: string}).name}
    service = (tools) => {
      tools.onEvent({type: 'note', level: 'warning', text: name})
      return Promise.resolve({name})
    }
    const {stdout, stderr} = await probe('v')
    expect([stdout, stderr].map((text) => text.includes('web\ufffd[2J'))).toEqual([true, true])
    expect(stdout + stderr).not.toContain(name)
    expect(JSON.parse((await probe('v', '--json')).stdout)).toMatchObject({result: {name}, warnings: [name]})
  })
})

describe('commands to try', () => {
  const argv = ['-H', 'tcp://typed:2376', '--vch=web', '--target', 'vcenter']
  const here = 'vicnfs status --host tcp://typed:2376 --target vcenter'
  const run = async (...more: string[]) => {
    process.env['VICNFS_VCH'] = 'web'
    const {stdout, stderr} = await captureOutput(() => Placed.run([...argv, ...more], config))
    delete process.env['VICNFS_VCH']
    return {stdout, stderr}
  }

  it('do the same as this command: they say where it works, unless the environment does', async () => {
    const recovery = ['Start it. Run: vicnfs status']
    service = failing(new VicnfsError('VN-PARKED', 'It is parked.', {tries: ['vicnfs status'], recovery}))
    const {stderr} = await run()
    expect(stderr).toContain(`try: ${here}\n`)
    expect(stderr).toContain(`Start it. Run: ${here}\n`)
    expect(JSON.parse((await run('--json')).stdout)).toMatchObject({error: {tries: [here]}})
    // The control: a command without such flags prints them as they are.
    expect((await probe('v')).stderr).toContain('try: vicnfs status\n')
  })

  it('stand so in results, too', async () => {
    service = () => Promise.resolve({next: 'vicnfs status'})
    options = {render: (result) => (result as {next: string}).next}
    expect((await run()).stdout).toBe(`${here}\n`)
    expect(JSON.parse((await run('--json')).stdout)).toMatchObject({result: {next: here}})
  })
})

describe('the command as the journal has it', () => {
  it('is what was typed up to the first flag, without secrets', async () => {
    let command = ''
    service = (tools) => Promise.resolve((command = tools.command))
    await probe('nfs-vol', '--yes')
    expect(command).toBe('vicnfs runbook probe nfs-vol')
    await probe('--yes', 'nfs-vol')
    expect(command).toBe('vicnfs runbook probe')
    await probe('nfs://bob:pw1@host/x')
    expect(command).not.toContain('pw1')
  })
})

describe('a result', () => {
  it('is rendered to stdout, narration goes to stderr', async () => {
    service = async ({onEvent}) => {
      onEvent({type: 'step.started', id: 'a', title: 'make the volume'})
      onEvent({type: 'step.progress', id: 'a', text: 'looking'})
      onEvent({type: 'step.progress', id: 'a', text: 'looking'})
      onEvent({
        type: 'step.done',
        id: 'a',
        title: 'make the volume',
        outcome: 'changed',
        note: '5 GB',
        durationMs: 1200,
      })
      onEvent({type: 'note', level: 'plan', text: '  + add nfs-store'})
      onEvent({type: 'note', level: 'detail', text: 'only when verbose'})
      return 'nfs://10.0.0.9/a'
    }
    options = {render: (result) => String(result)}
    const {stdout, stderr, exitCode} = await probe('v')
    expect(stdout).toBe('nfs://10.0.0.9/a\n')
    expect(stderr.replaceAll(/^(▸|>)/gm, '>').replaceAll(/^(✔|ok)/gm, 'ok')).toBe(
      '> make the volume\n  looking\nok make the volume (1.2 s) 5 GB\n  + add nfs-store\n',
    )
    expect(exitCode).toBe(0)
    expect((await probe('v', '--verbose')).stderr).toContain('only when verbose')
    expect((await probe('v', '--quiet')).stderr).toBe('')
  })

  it('is one JSON document, also when it is empty, and nothing is narrated', async () => {
    for (const result of [{n: 1}, undefined, '', 0]) {
      service = async ({onEvent}) => {
        onEvent({type: 'note', level: 'warning', text: 'careful'})
        return result
      }
      const {stdout, stderr} = await probe('v', '--json')
      expect(JSON.parse(stdout)).toEqual({
        schemaVersion: 1,
        ok: true,
        command: 'runbook probe',
        result: result ?? null,
        warnings: ['careful'],
      })
      expect(stderr).toBe('')
    }
  })

  it('may have an exit code of its own', async () => {
    options = {render: () => '', exitCode: () => 7}
    expect((await probe('v')).exitCode).toBe(7)
    expect((await probe('v', '--json')).exitCode).toBe(7)
  })
})

describe('an error', () => {
  it.each([
    [new VicnfsError('VN-VCH-TIMEOUT', 'too late'), 'VN-VCH-TIMEOUT', 4],
    [new VicnfsError('VN-JOURNAL-LOCKED', 'held'), 'VN-JOURNAL-LOCKED', 3],
    [new VicnfsError('VN-INTERRUPTED', 'stop', {exitCode: 143}), 'VN-INTERRUPTED', 143],
    [new Error('boom'), 'VN-BUG', 1],
    [new TypeError(''), 'VN-BUG', 1],
  ])('%s: code %s and exit code %d, with and without --json', async (error, code, exitCode) => {
    service = failing(error)
    const text = await probe('v')
    expect(text).toMatchObject({stdout: '', exitCode, thrown: undefined})
    expect(text.stderr).toContain(`(${code})`)
    expect(text.stderr).not.toContain('    at ')
    const json = await probe('v', '--json')
    expect(json).toMatchObject({stderr: '', exitCode, thrown: undefined})
    expect(JSON.parse(json.stdout)).toMatchObject({ok: false, error: {code}, warnings: ['careful']})
  })

  it.each([
    [[], 'VN-USAGE', 'VOLUME is missing'],
    [['v', '--nope'], 'VN-USAGE', 'Nonexistent flag: --nope'],
    [['v', 'w'], 'VN-USAGE', 'Unexpected argument: w'],
    [['v', '--vch-timeout', '5'], 'VN-SETTING-BAD', '--vch-timeout: "5" is not a length of time: it has no unit.'],
  ])('of usage %j is short and says %s', async (argv, code, message) => {
    const text = await probe(...argv)
    expect(text.exitCode).toBe(2)
    expect(text.stderr).toContain(`${message} (${code})`)
    const json = await probe(...argv, '--json')
    expect(json.exitCode).toBe(2)
    expect(JSON.parse(json.stdout)).toMatchObject({ok: false, command: 'runbook probe', error: {code, message}})
    expect(json.stdout.split('\n').length).toBeLessThan(25)
  })
})

describe('an unexpected error', () => {
  it('shows no password, neither in its text nor in its stack', async () => {
    process.env['VIC_MACHINE_PASSWORD'] = 'c0rrect-horse'
    try {
      service = failing(new Error('spawn vic-machine --password x1y2 https://admin:pw@vc failed: c0rrect-horse'))
      for (const argv of [
        ['v', '--verbose'],
        ['v', '--json'],
      ]) {
        const {stdout, stderr} = await probe(...argv)
        expect(stdout + stderr).toContain('spawn vic-machine --password ***')
        expect(stdout + stderr).not.toMatch(/c0rrect|x1y2|admin:pw/)
      }
    } finally {
      delete process.env['VIC_MACHINE_PASSWORD']
    }
  })
})

describe('consent', () => {
  const question = {text: 'Restart the VCH', consequences: ['it is away for a minute'], flag: 'yes'}

  it('is given by the flag, and missing without it where there is no terminal', async () => {
    service = async (tools) => {
      await tools.confirm(question)
      return 'done'
    }
    options = {render: (result) => String(result)}
    expect(await probe('a volume', '--yes')).toMatchObject({stdout: 'done\n', exitCode: 0})
    const refused = await probe('a volume')
    expect(refused).toMatchObject({stdout: '', exitCode: 2})
    expect(refused.stderr).toContain('(VN-CONSENT-MISSING)')
    expect(refused.stderr).toContain("try: vicnfs runbook probe 'a volume' --yes")
    // No secret of the command line is repeated (S8).
    const withLogin = await probe('root:secret@vc', '--consumer-host', 'tcp://joe:secret@vch:2376')
    expect(withLogin.stderr).toContain('--yes')
    expect(withLogin.stderr).not.toContain('secret')
    // What follows `--` is no flag.
    expect((await probe('--', '--yes')).exitCode).toBe(2)
  })

  it('has no environment variable', () => {
    const variables = Object.values(consentFlags).map((flag) => flag.env)
    expect(variables.filter((name) => name !== undefined)).toEqual([])
  })

  it('no secret is asked for where there is no terminal', async () => {
    service = async (tools) => ({secret: (await tools.askSecret('Password')) ?? 'none', interactive: tools.interactive})
    expect((await probe('v')).stdout).toBe('{"secret":"none","interactive":false}\n')
  })
})

describe('Ctrl-C', () => {
  it.each([
    ['', /^Stopping: what this run has made is undone/m],
    [EXCHANGE_CUT, /^Stopping, as soon as a server is at the address of the store again/m],
    ['configure has been started', /^Stopping: vic-machine goes on by itself/m],
  ])('says what happens next, after the cut "%s"', async (reason, says) => {
    service = async (tools) => {
      if (reason !== '') tools.onEvent({type: 'undo.cut', reason})
      process.emit('SIGINT')
      await Promise.resolve()
      return {n: 1}
    }
    expect((await probe('v')).stderr).toMatch(says)
  })
})

describe('settings', () => {
  it('come from flag, then environment, then default; an empty variable is none', async () => {
    service = async (_tools, flags) => ({...toConsumerSettings(flags), ...toTimeLimits(flags as never)})
    process.env['VICNFS_CONSUMER_HOST'] = 'tcp://env:2376'
    process.env['VICNFS_CONSUMER_CERT_PATH'] = ''
    process.env['VICNFS_STEP_TIMEOUT'] = '250ms'
    try {
      const limits = {readyTimeoutMs: 300_000, vicMachineTimeoutMs: 900_000, vchTimeoutMs: 600_000, stepTimeoutMs: 250}
      expect(JSON.parse((await probe('v')).stdout)).toEqual({host: 'tcp://env:2376', ...limits})
      const flags = ['--consumer-host', 'flag', '--step-timeout', '1m30s']
      expect(JSON.parse((await probe('v', ...flags)).stdout)).toEqual({...limits, host: 'flag', stepTimeoutMs: 90_000})
    } finally {
      delete process.env['VICNFS_CONSUMER_HOST']
      delete process.env['VICNFS_CONSUMER_CERT_PATH']
      delete process.env['VICNFS_STEP_TIMEOUT']
    }
  })
})

import {afterEach, describe, expect, it} from '@jest/globals'
import {readdirSync, readFileSync} from 'node:fs'
import {writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {isVicnfsError} from '../../../src/model/vicnfs-error.js'
import {locateVicMachine} from '../../../src/vic-machine/locate-vic-machine.js'
import {createVicMachine} from '../../../src/vic-machine/vic-machine.js'
import {fakeVicMachine, lives, PASSWORD, until, type FakeVicMachine} from './fake-vic-machine.js'

const fakes: FakeVicMachine[] = []

async function fake(body: string): Promise<FakeVicMachine> {
  const made = await fakeVicMachine(body)
  fakes.push(made)
  return made
}

/** The error of a call, whole, as text: nothing of it may hold the password. */
async function failure(work: Promise<unknown>): Promise<{code: string; text: string}> {
  try {
    await work
  } catch (error) {
    if (!isVicnfsError(error)) throw error
    const text = JSON.stringify([error, error.message, error.stack, error.cause])
    return {code: error.code, text}
  }
  throw new Error('it did not fail')
}

afterEach(async () => {
  for (const made of fakes.splice(0)) await made.remove()
})

describe('reading calls', () => {
  it('run in a private folder that is gone afterwards, with a clean environment and no stdin', async () => {
    const made =
      await fake(`report="$(dirname "$0")/report"; pwd > "$report"; stat -c %a . >> "$report"; env >> "$report"
cat >> "$report"; touch vic-machine.log; echo "$0 version v1.5.8-10000-2c978fe"`)
    process.env['VIC_MACHINE_SURPRISE'] = 'x'
    expect(await createVicMachine({...made.settings, thumbprint: '00:11'}).version()).toBe('1.5.8')
    delete process.env['VIC_MACHINE_SURPRISE']
    const [folder = '', mode, ...environment] = readFileSync(join(made.root, 'report'), 'utf8').split('\n')
    expect(dirname(folder)).toBe(tmpdir())
    expect(mode).toBe('700')
    expect(readdirSync(tmpdir())).not.toContain(folder.slice(dirname(folder).length + 1))
    expect(environment).toContain(`VIC_MACHINE_PASSWORD=${PASSWORD}`)
    expect(environment).toContain('VIC_MACHINE_THUMBPRINT=00:11')
    expect(environment.join('\n')).not.toContain('SURPRISE')
  })

  it('use the flags that vic-machine knows, in the place where it reads them', async () => {
    const made = await fake('echo "$@" >> "$(dirname "$0")/calls"; exit 1')
    const vicMachine = createVicMachine(made.settings)
    const vch = {name: 'my vch', computeResource: 'DC0_C0'}
    const calls = [
      () => vicMachine.list(),
      () => vicMachine.inspect({id: 'vm-7', name: 'x'}),
      () => vicMachine.inspectConfig(vch),
    ]
    for (const call of calls) {
      await expect(call()).rejects.toMatchObject({code: 'VN-VICMACHINE-FAILED'})
    }
    expect(readFileSync(join(made.root, 'calls'), 'utf8').split('\n')).toEqual([
      'ls',
      'inspect --id vm-7',
      'inspect config --format verbose --name my vch --compute-resource DC0_C0',
      '',
    ])
  })

  it('are ended by an abort, with its reason', async () => {
    const made = await fake('echo $$ > "$(dirname "$0")/pid"; exec sleep 600')
    const abort = new AbortController()
    const reason = new Error('enough')
    const call = createVicMachine(made.settings).list({signal: abort.signal})
    const outcome = call.catch((error: unknown) => error)
    const pid = () => Number(readFileSync(join(made.root, 'pid'), 'utf8'))
    await until(() => readdirSync(made.root).includes('pid') && pid() > 0)
    abort.abort(reason)
    expect(await outcome).toBe(reason)
    expect(lives(pid())).toBe(false)
  })

  it('are ended when they take too long', async () => {
    const made = await fake('exec sleep 600')
    const {code, text} = await failure(createVicMachine(made.settings).list({timeoutMs: 100}))
    expect(code).toBe('VN-VICMACHINE-TIMEOUT')
    expect(text).not.toContain('hush')
  })

  it('are ended with what a wrapper script has started', async () => {
    const made = await fake('sleep 60 & echo $! > "$(dirname "$0")/pid"; wait')
    const abort = new AbortController()
    const call = createVicMachine(made.settings).list({signal: abort.signal})
    const outcome = call.catch((error: unknown) => error)
    const pid = () => Number(readFileSync(join(made.root, 'pid'), 'utf8'))
    await until(() => readdirSync(made.root).includes('pid') && pid() > 0)
    abort.abort(new Error('enough'))
    expect(await outcome).toBe(abort.signal.reason)
    await until(() => !lives(pid()))
  })

  it('do not wait for what lives on with their output open', async () => {
    // It ends also when its folder is gone before it has looked at the gate.
    const loop = 'while [ -d "$(dirname "$0")" ] && [ ! -e "$0" ]; do sleep 0.05; done'
    const made = await fake(`setsid sh -c '${loop}' "$GATE" & wait`)
    try {
      const {code} = await failure(createVicMachine(made.settings).list({timeoutMs: 100}))
      expect(code).toBe('VN-VICMACHINE-TIMEOUT')
    } finally {
      await made.open()
    }
  })

  it('let no secret out through an error, in whatever form vic-machine says it', async () => {
    const made = await fake(
      `echo "boom $VIC_MACHINE_PASSWORD"; echo 'time="x" level=error msg="Pa$$ \\"hush\\"/1 is bad" ' >&2; exit 1`,
    )
    const {code, text} = await failure(createVicMachine(made.settings).list())
    expect(code).toBe('VN-VICMACHINE-FAILED')
    expect(text).toContain('*** is bad')
    expect(text).not.toContain('hush')
  })

  it('never repeat a login that was refused', async () => {
    const line =
      'time="x" level=error msg="List cannot continue - failed to create validator: Failed to log in to vc: ServerFaultCode: Cannot complete login due to an incorrect user name or password." '
    const made = await fake(`echo x >> "$(dirname "$0")/calls"; echo '${line}'; exit 1`)
    const vicMachine = createVicMachine(made.settings)
    await expect(vicMachine.list()).rejects.toMatchObject({code: 'VN-VICMACHINE-LOGIN', exitCode: 2})
    await expect(vicMachine.inspect({id: 'vm-1'})).rejects.toMatchObject({code: 'VN-VICMACHINE-LOGIN'})
    await expect(
      vicMachine.start({kind: 'rollback', vch: {id: 'vm-1'}, timeoutMs: 1000}, await made.folder()),
    ).rejects.toMatchObject({
      code: 'VN-VICMACHINE-LOGIN',
    })
    expect(readFileSync(join(made.root, 'calls'), 'utf8')).toBe('x\n')
  })

  it('do not run at all with an empty password, but for version', async () => {
    const made = await fake('echo x >> "$(dirname "$0")/calls"; echo "vic-machine-linux version v1.4.3-1-2c978fe"')
    const vicMachine = createVicMachine({...made.settings, password: ''})
    await expect(vicMachine.list()).rejects.toMatchObject({code: 'VN-VICMACHINE-PASSWORD-MISSING'})
    expect(await vicMachine.version()).toBe('1.4.3')
    expect(readFileSync(join(made.root, 'calls'), 'utf8')).toBe('x\n')
  })

  it.each([
    ['nothing at all with exit code 0', 'exit 0', 'VN-VICMACHINE-TARGET-INVALID'],
    [
      'a usage error with exit code 0',
      'echo "Incorrect Usage: flag provided but not defined: -x"',
      'VN-VICMACHINE-USAGE',
    ],
    ['an unknown text with exit code 0', 'echo hello', 'VN-VICMACHINE-UNREADABLE'],
    [
      'a Go panic, which ends with exit code 0',
      'echo "vic-machine failed, please check log file vic-machine.log for details"',
      'VN-VICMACHINE-UNREADABLE',
    ],
    ['an unknown command', `echo "No help topic for 'ls'" >&2; exit 3`, 'VN-VICMACHINE-USAGE'],
  ])('take %s for what it is', async (_, body, code) => {
    const made = await fake(body)
    expect((await failure(createVicMachine(made.settings).list())).code).toBe(code)
  })

  it('read an answer that happens to hold the password', async () => {
    const table = 'ID       PATH            NAME         VERSION                     UPGRADE STATUS'
    const row = 'vm-1     /DC0/host/C0    sandbox-1    v1.5.8-10000-2c978fe        Up to date'
    const made = await fake(`echo '${table}'; echo '${row}'`)
    expect(await createVicMachine({...made.settings, password: 'sandbox'}).list()).toMatchObject([{name: 'sandbox-1'}])
  })
})

describe('commandLine', () => {
  it('is one line for a shell, without secrets', async () => {
    const made = await fake('')
    const vicMachine = createVicMachine({...made.settings, path: '/opt/vic/vic-machine-linux'})
    const line = vicMachine.commandLine({
      kind: 'reset-progress',
      vch: {name: 'my vch', computeResource: 'C0'},
      timeoutMs: 60_500,
    })
    expect(line).toBe(
      `/opt/vic/vic-machine-linux configure --name 'my vch' --compute-resource C0 --reset-progress --timeout 61s`,
    )
  })
})

describe('locateVicMachine', () => {
  it('finds a path, and a bare name in PATH', async () => {
    const made = await fake('')
    expect(await locateVicMachine(made.settings.path)).toBe(made.settings.path)
    const before = process.env['PATH']
    process.env['PATH'] = `/nonesuch:${made.root}`
    try {
      expect(await locateVicMachine('vic-machine-linux')).toBe(made.settings.path)
    } finally {
      process.env['PATH'] = before
    }
  })

  it('explains what is wrong', async () => {
    const made = await fake('')
    const plain = join(made.root, 'plain')
    await writeFile(plain, '', {mode: 0o644})
    await expect(locateVicMachine(join(made.root, 'nonesuch'))).rejects.toMatchObject({
      code: 'VN-VICMACHINE-MISSING',
      exitCode: 2,
      message: expect.stringContaining('is not there'),
    })
    await expect(locateVicMachine(plain)).rejects.toMatchObject({
      message: expect.stringContaining('cannot be executed'),
      tries: [`chmod +x ${plain}`],
    })
    await expect(locateVicMachine(made.root)).rejects.toMatchObject({message: expect.stringContaining('is a folder')})
  })
})

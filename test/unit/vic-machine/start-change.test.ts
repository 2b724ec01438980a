import {describe, expect, it} from '@jest/globals'
import {readdirSync, readFileSync, statSync} from 'node:fs'
import {mkdir, readFile, stat, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {findChange} from '../../../src/vic-machine/change-run.js'
import {createVicMachine} from '../../../src/vic-machine/vic-machine.js'
import {lives, PASSWORD, until} from './fake-vic-machine.js'
import {CHANGE, fake, pids, startedOf, startIn, SUCCESS, WAITING} from './change-bench.js'

describe('starting a change', () => {
  it('hands over the arguments in order, stdin at its end, and a clean environment', async () => {
    const made = await fake(`for a in "$@"; do printf '[%s]' "$a"; done; echo; env | sort; cat; ${SUCCESS}`)
    const lines: string[] = []
    process.env['VIC_MACHINE_SURPRISE'] = 'x'
    const run = await startIn(made)
    delete process.env['VIC_MACHINE_SURPRISE']
    const end = await run.wait({onLine: (line) => lines.push(line)})
    expect(end).toMatchObject({claim: 'completed', exitCode: 0, errorLines: [], twoSnapshots: false})
    const arguments_ = ['configure', '--id', 'vm-73', '--volume-store', 'ds://Shared Store (2)/VIC:default']
    arguments_.push('--volume-store', 'nfs://192.0.2.10/exports/data?uid=0&gid=0:nfs1', '--timeout', '900s')
    expect(lines[0]).toBe(arguments_.map((argument) => `[${argument}]`).join(''))
    const environment = readFileSync(join(run.folder, 'stdout'), 'utf8').split('\n')
    expect(environment).toContain(`VIC_MACHINE_PASSWORD=${PASSWORD}`)
    const names = environment.flatMap((line) => /^([A-Z_]+)=/.exec(line)?.[1] ?? [])
    expect(names.filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name))).toEqual([
      'HOME',
      'PATH',
      'VIC_MACHINE_PASSWORD',
      'VIC_MACHINE_TARGET',
      'VIC_MACHINE_USER',
    ])
    expect(lines.join('\n')).not.toContain('hush')
  })

  it('has pid and start time on disk at once, in files that nobody else can read', async () => {
    const made = await fake(WAITING)
    const run = await startIn(made)
    const {vicMachine} = await startedOf(run.folder)
    expect(vicMachine.pid).toBe(run.pid)
    expect(lives(run.pid)).toBe(true)
    const ticks = readFileSync(`/proc/${run.pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[19]
    expect(vicMachine).toMatchObject({startedAt: expect.stringMatching(new RegExp(`^${ticks}@`))})
    expect(readdirSync(run.folder).sort()).toEqual(['change.json', 'started.json', 'stderr', 'stdout'])
    for (const name of readdirSync(run.folder)) expect(statSync(join(run.folder, name)).mode & 0o777).toBe(0o600)
    expect((await stat(run.folder)).mode & 0o777).toBe(0o700)
  })

  it('shows the password to nobody: not in argv, not in the folder', async () => {
    const made = await fake(WAITING)
    const run = await startIn(made)
    const {runner} = await startedOf(run.folder)
    for (const pid of [run.pid, runner.pid]) {
      const shown = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      expect(shown).toContain('vm-73')
      expect(shown).not.toContain('hush')
      expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).toContain('hush')
    }
    for (const name of readdirSync(run.folder))
      expect(readFileSync(join(run.folder, name), 'utf8')).not.toContain('hush')
  })

  it('refuses a folder that is used, open, or not there', async () => {
    const made = await fake(SUCCESS)
    const vicMachine = createVicMachine(made.settings)
    const used = await made.folder()
    await writeFile(join(used, 'x'), '')
    const open = join(made.root, 'open')
    await mkdir(open, {mode: 0o755})
    for (const folder of [used, open, join(made.root, 'nonesuch')]) {
      await expect(vicMachine.start(CHANGE, folder)).rejects.toMatchObject({code: 'VN-VICMACHINE-FOLDER'})
    }
  })

  it('says so when vic-machine is not there, not executable, or no program', async () => {
    const made = await fake(SUCCESS)
    const noProgram = join(made.root, 'uninterpretable')
    await writeFile(noProgram, '#!/nonesuch/interpreter\n', {mode: 0o755})
    await writeFile(join(made.root, 'plain'), '', {mode: 0o644})
    for (const path of [join(made.root, 'nonesuch'), join(made.root, 'plain'), made.root, noProgram]) {
      const start = createVicMachine({...made.settings, path}).start(CHANGE, await made.folder())
      await expect(start).rejects.toMatchObject({code: 'VN-VICMACHINE-MISSING'})
    }
    expect(JSON.parse(await readFile(join(made.root, 'change-4', 'ended.json'), 'utf8'))).toEqual({
      spawnError: expect.any(String),
    })
    expect(await findChange(join(made.root, 'change-4'))).toBeUndefined()
  })

  it('never runs without a password', async () => {
    const made = await fake(SUCCESS)
    const start = createVicMachine({...made.settings, password: ''}).start(CHANGE, await made.folder())
    await expect(start).rejects.toMatchObject({code: 'VN-VICMACHINE-PASSWORD-MISSING', exitCode: 2})
  })
})

describe('waiting for a change', () => {
  it('ends at an abort, which vic-machine does not notice', async () => {
    const made = await fake(WAITING)
    const run = await startIn(made)
    const abort = new AbortController()
    const reason = new Error('enough')
    const waiting = run.wait({signal: abort.signal, onLine: () => abort.abort(reason)})
    await expect(waiting).rejects.toBe(reason)
    expect(lives(run.pid)).toBe(true)
    await made.open()
    expect((await run.wait({})).claim).toBe('completed')
  })

  it('gives lines while they come, without time and level', async () => {
    const made = await fake(WAITING)
    const run = await startIn(made)
    const lines: string[] = []
    let heard = (): void => undefined
    const first = new Promise<void>((resolve) => (heard = resolve))
    const ended = run.wait({
      onLine: (line) => {
        lines.push(line)
        heard()
      },
    })
    await first
    expect(lines).toEqual(['Setting VM configuration'])
    expect(lives(run.pid)).toBe(true)
    await made.open()
    await ended
  })

  it('is found again by another process, also after the end', async () => {
    const made = await fake(`${WAITING}\nexit 7`)
    const run = await startIn(made)
    const found = await findChange(run.folder)
    expect(found).toMatchObject({pid: run.pid, folder: run.folder})
    await made.open()
    await until(() => !lives(run.pid))
    const again = await findChange(run.folder)
    expect(await again?.wait({})).toMatchObject({claim: 'completed', exitCode: 7})
    expect(await findChange(await made.folder())).toBeUndefined()
  })

  it('takes the output alone when the runner was killed', async () => {
    const made = await fake(WAITING)
    const run = await startIn(made)
    const {runner} = await startedOf(run.folder)
    process.kill(runner.pid, 'SIGKILL')
    await until(() => !lives(runner.pid))
    expect(lives(run.pid)).toBe(true)
    const waiting = run.wait({})
    await made.open()
    const end = await waiting
    expect(end.claim).toBe('completed')
    expect(end).not.toHaveProperty('exitCode')
  })

  it('claims nothing when vic-machine was killed', async () => {
    const made = await fake(WAITING.replace('until', 'until [ -e /nonesuch ] || '))
    const run = await startIn(made)
    process.kill(run.pid, 'SIGKILL')
    const end = await run.wait({})
    expect(end.claim).toBe('vanished')
    expect(end).not.toHaveProperty('exitCode')
  })

  it('does not take another process of the same pid for vic-machine', async () => {
    const made = await fake(SUCCESS)
    const run = await startIn(made)
    await run.wait({})
    const foreign = await made.folder()
    await writeFile(join(foreign, 'change.json'), JSON.stringify({kind: 'configure', commandLine: ''}))
    const other = {pid: process.pid, startedAt: '1@an-earlier-boot'}
    await writeFile(join(foreign, 'started.json'), JSON.stringify({vicMachine: other, runner: other}))
    expect(await (await findChange(foreign))?.wait({})).toMatchObject({claim: 'vanished'})
  })

  it('finds out from the log of vic-machine that a rollback met two snapshots', async () => {
    const log = `echo 'Nov 23 2026 15:58:50.100Z DEBUG op=1.2: "reconfigure for 1" resolves to 2 snapshots' > vic-machine.log`
    const made = await fake(`echo 'time="x" level=info msg="Attempting rollback of VCH" '; ${log}`)
    const run = await createVicMachine(made.settings).start({...CHANGE, kind: 'rollback'}, await made.folder())
    pids.push((await startedOf(run.folder)).runner.pid)
    expect(await run.wait({})).toMatchObject({twoSnapshots: true})
  })
})

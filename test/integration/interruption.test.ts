import {readFile} from 'node:fs/promises'
import path from 'node:path'

import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'

import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import type {ControlClient} from '../../src/sandbox/vcenter/control-api.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {bootCount, changeKinds, changesIn, volumeNames} from '../helpers/sandbox-sights.js'
import {processLives, watchCli, type WatchedCli} from '../helpers/watched-cli.js'

const SHARE = ['expose-volume', 'nfs-vol', '--create', '--capacity', '1GB', '--network', 'storage-net']
const EXPOSE = [...SHARE, '--register', 'nfs-store', '--allow-self-hosted', '--yes']
/** Long enough to act while vic-machine is at work. */
const SLOW_CONFIGURE = {guestShutdownMs: 200, bootDelayMs: 1000}

let bench: SandboxBench
let vch: SandboxHandle
let env: Environment
let control: ControlClient
let started: WatchedCli[]
/** vic-machine, while it is held. */
let held: number | undefined

async function startVch(knobs: Record<string, number> = SLOW_CONFIGURE): Promise<void> {
  vch = await bench.start('one', {knobs})
  env = bench.environment(vch)
  control = await bench.control(vch)
}

function watch(argv: readonly string[]): WatchedCli {
  const cli = watchCli(argv, env)
  started.push(cli)
  return cli
}

/** The pid of vic-machine, as soon as it has changed the configuration of the VCH. */
async function inMidConfigure(cli: WatchedCli): Promise<number> {
  await cli.until(/Setting VM configuration/)
  const [, pid] = await cli.until(/vic-machine runs as pid (\d+)/)
  return Number(pid)
}

/** The same, and holds it there, so that everything that follows happens in the middle of a configure. */
async function heldInMidConfigure(cli: WatchedCli): Promise<number> {
  const pid = await inMidConfigure(cli)
  process.kill(pid, 'SIGSTOP')
  held = pid
  return pid
}

function letGo(): void {
  if (held !== undefined && processLives(held)) process.kill(held, 'SIGCONT')
  held = undefined
}

/** One store, one configure, one power cycle, and nothing left to do. */
async function expectConverged(stdout: string): Promise<void> {
  expect(stdout).toContain('proven: containers share data through "nfs-store"')
  const status = await control.status()
  expect(status.stores.map((store) => store.label).sort()).toEqual(['default', 'nfs-store'])
  expect(status.containers.map((container) => [container.name, container.power])).toEqual([
    ['vicnfs-nfs-vol', 'running'],
  ])
  expect(status).toMatchObject({updateInProgress: false, power: 'on'})
  expect(status.snapshots).toHaveLength(1)
  expect(await bootCount(vch)).toBe(2)
  expect(await changeKinds(bench.directory)).toEqual(['configure'])
  expect(await volumeNames(vch)).toEqual(['nfs-vol'])
}

beforeEach(async () => {
  started = []
  bench = await openSandboxBench()
})
afterEach(async () => {
  letGo()
  for (const cli of started) if (processLives(cli.pid)) cli.signalGroup('SIGKILL')
  await bench.close()
})

describe('interrupted during configure', () => {
  it('by SIGHUP, SIGTERM, Ctrl-C and Ctrl-C twice, also while waiting: vic-machine goes on, the last run converges', async () => {
    await startVch()
    const first = watch(EXPOSE)
    const pid = await heldInMidConfigure(first)
    const waits = new RegExp(`Wait for vic-machine \\(pid ${pid}\\)`)
    for (const [names, code] of [
      [['SIGHUP'], 129],
      [['SIGTERM'], 143],
      [['SIGINT'], 130],
      [['SIGINT', 'SIGINT'], 130],
    ] as const) {
      const cli = code === 129 ? first : watch(EXPOSE)
      if (cli !== first) await cli.until(waits)
      for (const name of names) cli.signalGroup(name)
      const end = await cli.finished
      expect(end.exitCode).toBe(code)
      if (names.length === 1) expect(end.stderr).toContain(`vic-machine (pid ${pid}) goes on`)
      if (names.length === 1) expect(end.stderr).toContain('run the same command again')
      expect(processLives(pid)).toBe(true)
      const status = await control.status()
      expect(status.updateInProgress).toBe(true)
      expect(status.containers).toMatchObject([{name: 'vicnfs-nfs-vol', power: 'running'}])
    }
    const last = watch(EXPOSE)
    await last.until(waits)
    letGo()
    const end = await last.finished
    expect(end).toMatchObject({exitCode: 0})
    await expectConverged(end.stdout)
  })

  it('kill -9 of vicnfs and of the runner: the next run finds vic-machine by its pid and start time', async () => {
    await startVch()
    const cli = watch(EXPOSE)
    const pid = await heldInMidConfigure(cli)
    const [change] = await changesIn(bench.directory)
    const file = await readFile(path.join(change?.folder ?? '', 'started.json'), 'utf8')
    const {runner, vicMachine} = JSON.parse(file) as Record<'runner' | 'vicMachine', {pid: number; startedAt: string}>
    cli.signalGroup('SIGKILL')
    expect(await cli.finished).toMatchObject({exitCode: undefined, signal: 'SIGKILL'})
    process.kill(runner.pid, 'SIGKILL')
    expect(vicMachine).toMatchObject({pid, startedAt: expect.stringMatching(/^\d+@/)})
    expect(processLives(pid)).toBe(true)

    const again = watch(EXPOSE)
    await again.until(new RegExp(`Wait for vic-machine \\(pid ${pid}\\)`))
    letGo()
    const end = await again.finished
    expect(end).toMatchObject({exitCode: 0})
    await expectConverged(end.stdout)
  })

  it('kill -9 of the runner alone: vicnfs follows vic-machine to its end', async () => {
    await startVch()
    const cli = watch(EXPOSE)
    await heldInMidConfigure(cli)
    const [change] = await changesIn(bench.directory)
    const file = await readFile(path.join(change?.folder ?? '', 'started.json'), 'utf8')
    process.kill((JSON.parse(file) as {runner: {pid: number}}).runner.pid, 'SIGKILL')
    letGo()
    const end = await cli.finished
    expect(end).toMatchObject({exitCode: 0})
    await expectConverged(end.stdout)
  })
})

describe('interrupted before configure', () => {
  it('Ctrl-C while waiting for readiness: what was made is undone, the volume stays', async () => {
    await startVch()
    const cli = watch([...EXPOSE, '--export-opts', '192.0.2.0/24(rw,insecure,no_root_squash)'])
    await cli.until(/mountd refuses/)
    expect((await control.status()).containers).toMatchObject([{power: 'running'}])
    cli.signalGroup('SIGINT')
    const end = await cli.finished
    expect(end.exitCode).toBe(130)
    expect(end.stderr).toContain('undone: remove the server container')
    const status = await control.status()
    expect(status.containers).toEqual([])
    expect(status.stores.map((store) => store.label)).toEqual(['default'])
    expect(await volumeNames(vch)).toEqual(['nfs-vol'])
    expect(await bootCount(vch)).toBe(1)
  })

  it('Ctrl-C twice exits at once, and the next run converges', async () => {
    await startVch({containerStartDelayMs: 1500})
    const cli = watch(EXPOSE)
    await cli.until(/Start the server container/)
    cli.signalGroup('SIGINT')
    cli.signalGroup('SIGINT')
    expect((await cli.finished).exitCode).toBe(130)
    expect(await volumeNames(vch)).toEqual(['nfs-vol'])
    await control.setKnobs({containerStartDelayMs: 10})
    const again = await watch(EXPOSE).finished
    expect(again).toMatchObject({exitCode: 0})
    await expectConverged(again.stdout)
  })
})

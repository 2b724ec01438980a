import {readFile} from 'node:fs/promises'
import path from 'node:path'

import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'

import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import type {ControlClient} from '../../src/sandbox/vcenter/control-api.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {bootCount, changeKinds, changesIn, untilStatus, volumeNames} from '../helpers/sandbox-sights.js'
import {processLives, watchCli, type WatchedCli} from '../helpers/watched-cli.js'

const SHARE = ['expose-volume', 'nfs-vol', '--create', '--capacity', '1GB', '--network', 'storage-net']
const EXPOSE = [...SHARE, '--register', 'nfs-store', '--allow-self-hosted', '--yes']
/** Long enough to act while vic-machine is at work. */
const SLOW_CONFIGURE = {guestShutdownMs: 300, bootDelayMs: 1500}

let bench: SandboxBench
let vch: SandboxHandle
let env: Environment
let control: ControlClient
let started: WatchedCli[]

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
  for (const cli of started) if (processLives(cli.pid)) cli.signalGroup('SIGKILL')
  await bench.close()
})

describe('interrupted during configure', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGHUP', 129],
    ['SIGTERM', 143],
  ] as const)(
    '%s to the whole group: vic-machine goes on, the server stays, the next run converges',
    async (name, code) => {
      await startVch()
      const cli = watch(EXPOSE)
      const pid = await inMidConfigure(cli)
      cli.signalGroup(name)
      const end = await cli.finished
      expect(end.exitCode).toBe(code)
      expect(end.stderr).toContain(`vic-machine (pid ${pid}) goes on`)
      expect(end.stderr).toContain('run the same command again')
      expect(processLives(pid)).toBe(true)
      const status = await control.status()
      expect(status.updateInProgress).toBe(true)
      expect(status.containers).toMatchObject([{name: 'vicnfs-nfs-vol', power: 'running'}])

      const again = await watch(EXPOSE).finished
      expect(again).toMatchObject({exitCode: 0})
      await expectConverged(again.stdout)
    },
  )

  it('Ctrl-C twice ends vicnfs at once and nothing else', async () => {
    await startVch()
    const cli = watch(EXPOSE)
    const pid = await inMidConfigure(cli)
    cli.signalGroup('SIGINT')
    cli.signalGroup('SIGINT')
    expect((await cli.finished).exitCode).toBe(130)
    expect(processLives(pid)).toBe(true)
    const again = await watch(EXPOSE).finished
    expect(again).toMatchObject({exitCode: 0})
    await expectConverged(again.stdout)
  })

  it('kill -9 of vicnfs and of the runner: the next run finds vic-machine by its pid and start time', async () => {
    await startVch()
    const cli = watch(EXPOSE)
    const pid = await inMidConfigure(cli)
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
    const end = await again.finished
    expect(end).toMatchObject({exitCode: 0})
    await expectConverged(end.stdout)
  })

  it('kill -9 of the runner alone: vicnfs follows vic-machine to its end', async () => {
    await startVch()
    const cli = watch(EXPOSE)
    await inMidConfigure(cli)
    const [change] = await changesIn(bench.directory)
    const file = await readFile(path.join(change?.folder ?? '', 'started.json'), 'utf8')
    process.kill((JSON.parse(file) as {runner: {pid: number}}).runner.pid, 'SIGKILL')
    const end = await cli.finished
    expect(end).toMatchObject({exitCode: 0})
    await expectConverged(end.stdout)
  })

  it('the next run finds a configure that has ended meanwhile, and starts no second one', async () => {
    await startVch()
    const cli = watch(EXPOSE)
    await inMidConfigure(cli)
    cli.signalGroup('SIGKILL')
    await cli.finished
    await untilStatus(control, (status) => !status.updateInProgress)
    const again = await watch([...EXPOSE, '--json']).finished
    expect(JSON.parse(again.stdout)).toMatchObject({ok: true, result: {unchanged: false, proof: {label: 'nfs-store'}}})
    const third = await watch(EXPOSE).finished
    expect(third).toMatchObject({exitCode: 0, stdout: expect.stringMatching(/^unchanged/)})
    expect(await changeKinds(bench.directory)).toEqual(['configure'])
  })
})

describe('interrupted before configure', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s while waiting for readiness: what was made is undone, the volume stays', async (name, code) => {
    await startVch()
    const unmountable = [...EXPOSE, '--export-opts', '192.0.2.0/24(rw,insecure,no_root_squash)']
    const cli = watch(unmountable)
    await cli.until(/Wait until the share can be mounted/)
    await cli.until(/refus|denied|ACCES/i)
    expect((await control.status()).containers).toMatchObject([{power: 'running'}])
    cli.signalGroup(name)
    const end = await cli.finished
    expect(end.exitCode).toBe(code)
    expect(end.stderr).toContain('undone: remove the server container')
    const status = await control.status()
    expect(status.containers).toEqual([])
    expect(status.stores.map((store) => store.label)).toEqual(['default'])
    expect(await volumeNames(vch)).toEqual(['nfs-vol'])
    expect(await bootCount(vch)).toBe(1)
  })

  it('Ctrl-C while the server container is being made leaves no container behind', async () => {
    await startVch({containerStartDelayMs: 1500})
    const cli = watch(EXPOSE)
    await cli.until(/Start the server container/)
    cli.signalGroup('SIGINT')
    expect((await cli.finished).exitCode).toBe(130)
    expect((await control.status()).containers).toEqual([])
    expect(await volumeNames(vch)).toEqual(['nfs-vol'])
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

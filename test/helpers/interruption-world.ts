import {readFile} from 'node:fs/promises'
import path from 'node:path'

import {expect} from '@jest/globals'

import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import type {ControlClient} from '../../src/sandbox/vcenter/control-api.js'
import {heldVicMachine, VCH_IS_OFF} from './held-vic-machine.js'
import {openSandboxBench, type SandboxBench} from './sandbox-bench.js'
import {bootCount, changeKinds, changesIn, volumeNames} from './sandbox-sights.js'
import {processLives, watchCli, type WatchedCli, type WatchOptions} from './watched-cli.js'

const SHARE = ['expose-volume', 'nfs-vol', '--create', '--capacity', '1GB', '--network', 'storage-net']
/** The command that is interrupted. */
export const EXPOSE = [...SHARE, '--register', 'nfs-store', '--allow-self-hosted', '--yes']

/** A VCH, and commands on it that a test interrupts. */
export interface InterruptionWorld {
  readonly bench: SandboxBench
  readonly vch: SandboxHandle
  readonly control: ControlClient
  watch(argv: readonly string[], options?: WatchOptions): WatchedCli
  /** Starts the command; what follows happens in mid-configure, where vic-machine stands still until `letGo`. */
  heldInMidConfigure(): Promise<{readonly cli: WatchedCli; readonly pid: number}>
  letGo(): void
  close(): Promise<void>
}

interface StartedProcess {
  readonly pid: number
  readonly startedAt: string
}

/** Who the runner and vic-machine are, from the private folder of the only change. */
export async function startedBy(
  world: InterruptionWorld,
): Promise<Readonly<Record<'runner' | 'vicMachine', StartedProcess>>> {
  const [change] = await changesIn(world.bench.directory)
  const file = await readFile(path.join(change?.folder ?? '', 'started.json'), 'utf8')
  return JSON.parse(file) as Record<'runner' | 'vicMachine', StartedProcess>
}

export async function openInterruptionWorld(knobs: Record<string, number> = {}): Promise<InterruptionWorld> {
  const bench = await openSandboxBench()
  const vch = await bench.start('one', {knobs})
  const vicMachine = await heldVicMachine(vch, bench.directory)
  const env = {...bench.environment(vch), VICNFS_VIC_MACHINE: vicMachine.program}
  const control = await bench.control(vch)
  const started: WatchedCli[] = []
  const letGo = (): void => vicMachine.letGo()
  const watch: InterruptionWorld['watch'] = (argv, options) => {
    const cli = watchCli(argv, env, options)
    started.push(cli)
    return cli
  }
  return {
    bench,
    vch,
    control,
    watch,
    async heldInMidConfigure() {
      await vicMachine.arm(VCH_IS_OFF)
      const cli = watch(EXPOSE)
      const pid = await vicMachine.held()
      // By then vicnfs knows, too.
      await cli.until(/vic-machine runs as pid \d+/)
      await cli.until(VCH_IS_OFF)
      return {cli, pid}
    },
    letGo,
    async close() {
      letGo()
      for (const cli of started) if (processLives(cli.pid)) cli.signalGroup('SIGKILL')
      await bench.close()
    },
  }
}

/** One store, one configure, one power cycle, and nothing left to do. */
export async function expectConverged({vch, bench, control}: InterruptionWorld, stdout: string): Promise<void> {
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

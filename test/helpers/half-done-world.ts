import {execFile} from 'node:child_process'
import {chmod, mkdir, readdir, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import type {SandboxOptions} from '../../src/sandbox/lifecycle/start-sandbox.js'
import type {ControlClient} from '../../src/sandbox/vcenter/control-api.js'
import type {CliResult} from './cli.js'
// What runs in this process must be loaded before, as for runbooks.
import './runbook-world.js'
import {openSandboxBench, type Environment, type SandboxBench} from './sandbox-bench.js'
import {heldVicMachine, VCH_IS_OFF, type HeldVicMachine} from './held-vic-machine.js'
import {watchCli, type WatchedCli, type WatchedEnd, type WatchOptions} from './watched-cli.js'

const RUN_JS = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const SHARE = ['register-store', 'nfs-store', '--share', 'nfs-vol', '--yes']
/** Where vic-machine comes to an end by itself, also on a busy machine. */
export const LIMITS = ['--vic-machine-timeout', '60s', '--vch-timeout', '6s']
export const REGISTER = [...SHARE, ...LIMITS]
/** Of a vic-machine that waits in vain for its VCH: time enough to come that far. */
export const REGISTER_SOON = [...SHARE, '--vic-machine-timeout', '10s', '--vch-timeout', '6s']

/** A server VCH that serves the share `nfs-vol`, and a consumer VCH that does not know it yet. */
export interface HalfDoneWorld {
  readonly bench: SandboxBench
  readonly consumer: SandboxHandle
  readonly env: Environment
  readonly serverControl: ControlClient
  readonly control: ControlClient
  /** For what happens while it runs. */
  watch(argv: readonly string[], options?: WatchOptions): WatchedCli
  /** In this process, which is much cheaper. */
  run(argv: readonly string[], env?: Environment): Promise<CliResult>
  /** Runs a command as it was printed, by a shell that knows `vicnfs`. */
  runPrinted(command: string): Promise<{readonly exitCode: number; readonly output: string}>
  /** A configure by hand that changes nothing: afterwards there is a snapshot. */
  configureByHand(): Promise<void>
  /** The one that configures the consumer VCH. */
  readonly vicMachine: HeldVicMachine
  /** Runs a command to its end; the power of the server container is cut in the middle of its configure. */
  whileServerDies(argv: readonly string[]): Promise<WatchedEnd>
  readonly serverPower: () => Promise<string | undefined>
  readonly stores: () => Promise<string[]>
  readonly onVolume: () => Promise<string[]>
}

function promised(
  program: string,
  args: readonly string[],
  {env, cwd}: {readonly env: Environment; readonly cwd: string},
): Promise<{exitCode: number; output: string}> {
  return new Promise((resolve) => {
    execFile(program, args, {cwd, env: {...process.env, ...env}}, (error, stdout, stderr) => {
      resolve({
        exitCode: typeof error?.code === 'number' ? error.code : error === null ? 0 : 128,
        output: `${stdout}${stderr}`,
      })
    })
  })
}

/** Every command that a text tells to run, in order. */
export function printedCommands(text: string): string[] {
  return [...text.matchAll(/\brun: (vicnfs .*)$/gim)].map(([, command = '']) => command)
}

export async function openHalfDoneWorld(
  options: Omit<SandboxOptions, 'name' | 'stateDirectory'> = {},
): Promise<HalfDoneWorld> {
  const bench = await openSandboxBench()
  const {vicVersion} = options
  const [server, consumer] = await Promise.all([
    bench.start('server', {...(vicVersion === undefined ? {} : {vicVersion})}),
    bench.start('consumer', options),
  ])
  const vicMachine = await heldVicMachine(consumer, bench.directory)
  const env = {...bench.environment(server, consumer), VICNFS_VIC_MACHINE: vicMachine.program}
  const [serverControl, control] = await Promise.all([bench.control(server), bench.control(consumer)])
  const bin = path.join(bench.directory, 'bin')
  await mkdir(bin)
  await writeFile(path.join(bin, 'vicnfs'), `#!/bin/sh\nexec '${process.execPath}' '${RUN_JS}' "$@"\n`)
  await chmod(path.join(bin, 'vicnfs'), 0o755)
  const started = await bench.run(['expose-volume', 'nfs-vol', '--create'], env)
  if (started.exitCode !== 0) throw new Error(`the share could not be made: ${started.stderr}`)
  const theServer = async () => (await serverControl.status()).containers.find((each) => each.name === 'vicnfs-nfs-vol')
  const close = (): Promise<void> => {
    vicMachine.letGo()
    return bench.close()
  }
  return {
    bench: {...bench, close},
    consumer,
    env,
    serverControl,
    control,
    watch: (argv, options) => watchCli(argv, env, options),
    run: (argv, over = {}) => bench.run(argv, {...env, ...over}),
    runPrinted: (command) =>
      promised('/bin/sh', ['-c', command], {
        cwd: bench.directory,
        env: {...env, PATH: `${bin}:${process.env['PATH'] ?? ''}`},
      }),
    async configureByHand() {
      const {exitCode, output} = await promised(consumer.vicMachinePath, ['configure', '--name', consumer.name], {
        cwd: bench.directory,
        env,
      })
      if (exitCode !== 0 || !output.includes('Completed successfully')) throw new Error(output)
    },
    vicMachine,
    async whileServerDies(argv) {
      await vicMachine.arm(VCH_IS_OFF)
      const {finished} = watchCli(argv, env)
      await vicMachine.held()
      await serverControl.container((await theServer())?.id ?? '', 'powerOff')
      vicMachine.letGo()
      return finished
    },
    serverPower: async () => (await theServer())?.power,
    stores: async () => (await control.status()).stores.map((store) => store.label).sort(),
    onVolume: async () => (await readdir(path.join(server.directory, 'volumes', 'nfs-vol'))).sort(),
  }
}

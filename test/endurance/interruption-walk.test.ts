import {readdir, readFile, writeFile} from 'node:fs/promises'
import path from 'node:path'

import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import type {ControlClient} from '../../src/sandbox/vcenter/control-api.js'
import type {CliResult} from '../helpers/cli.js'
import '../helpers/runbook-world.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {changeKinds, volumeNames} from '../helpers/sandbox-sights.js'
import {watchCli} from '../helpers/watched-cli.js'

const EXPOSE = [
  'expose-volume',
  'nfs-vol',
  '--create',
  '--network',
  'storage-net',
  '--register',
  'nfs-store',
  '--allow-self-hosted',
  '--yes',
]
const TEARDOWN = ['teardown', 'nfs-vol', '--yes']
/** Many runs after each other, on a machine that may be busy. */
const LONG_MS = 1_800_000
const MARKER = 'data that nobody may delete'

let bench: SandboxBench
let vch: SandboxHandle
let env: Environment
let control: ControlClient

const onVolume = (...parts: string[]): string => path.join(vch.directory, 'volumes', 'nfs-vol', ...parts)

/** Starts the command and kills its whole group with SIGKILL where it says that line. */
async function killAt(argv: readonly string[], line: RegExp): Promise<void> {
  const cli = watchCli(argv, env, {holdAt: line})
  await cli.held()
  cli.signalGroup('SIGKILL')
  expect((await cli.finished).signal).toBe('SIGKILL')
}

const run = (argv: readonly string[]): Promise<CliResult> => bench.run(argv, env)

async function expectDataKept(): Promise<void> {
  expect(await volumeNames(vch)).toContain('nfs-vol')
  expect(await readFile(onVolume('marker'), 'utf8')).toBe(MARKER)
}

/** The one end state: served, registered once, proven, with nothing left behind. */
async function expectConverged(): Promise<void> {
  const end = await run(EXPOSE)
  expect(end).toMatchObject({exitCode: 0})
  expect(end.stdout).toContain('proven: containers share data through "nfs-store"')
  const status = await control.status()
  expect(status.stores.map((store) => store.label).sort()).toEqual(['default', 'nfs-store'])
  expect(status.containers.map(({name, power}) => [name, power])).toEqual([['vicnfs-nfs-vol', 'running']])
  expect(status).toMatchObject({power: 'on', updateInProgress: false, snapshots: [expect.any(String)]})
  expect(await volumeNames(vch)).toEqual(['nfs-vol'])
  await expectDataKept()
  expect(await run(EXPOSE)).toMatchObject({exitCode: 0, stdout: expect.stringMatching(/^unchanged: nfs-vol/)})
}

/** Registered nowhere, served by nobody, and the data is there. */
async function expectTakenDown(): Promise<void> {
  const end = await run(TEARDOWN)
  expect(end).toMatchObject({exitCode: 0})
  const status = await control.status()
  expect(status.stores.map((store) => store.label)).toEqual(['default'])
  expect(status).toMatchObject({power: 'on', updateInProgress: false, snapshots: [], containers: []})
  expect((await readdir(onVolume())).sort()).toEqual(['marker', 'volumes', 'volumes_metadata'])
  await expectDataKept()
}

beforeAll(async () => {
  bench = await openSandboxBench()
  vch = await bench.start('one')
  env = bench.environment(vch)
  control = await bench.control(vch)
  await run(['expose-volume', 'nfs-vol', '--create'])
  await run(['teardown', 'nfs-vol'])
  await writeFile(onVolume('marker'), MARKER)
})
afterAll(() => bench.close())

async function killEach(argv: readonly string[], lines: readonly RegExp[]): Promise<void> {
  for (const line of lines) {
    await killAt(argv, line)
    await expectDataKept()
  }
}

describe('kill -9 at one step after the other', () => {
  it(
    'of making, registering, proving and taking down a share: each next run goes on, and the ends are always the same',
    async () => {
      await killEach(EXPOSE, [
        /▸ Make sure that the volume/,
        /▸ Make the server container/,
        /▸ Wait until the share/,
        /▸ Read the volume stores/,
        /▸ Write on the share/,
      ])
      expect(await changeKinds(bench.directory)).toEqual([])
      await killEach(EXPOSE, [
        /▸ vic-machine configures/,
        // Whether that one had started vic-machine is a matter of milliseconds: the next run finds out, and goes on.
        /vic-machine says: completed|▸ Make a volume on/,
        /▸ Container A writes/,
        /▸ Container B reads/,
        /▸ Try the same/,
      ])
      await expectConverged()
      await killEach(TEARDOWN, [
        /▸ Find the server/,
        /▸ Read on the share/,
        /▸ vic-machine rolls "one" back/,
        /▸ (Prove|Settle|Wait)/,
        /▸ (Take the record|Stop and remove)/,
      ])
      await expectTakenDown()
      expect(await run(TEARDOWN)).toMatchObject({exitCode: 0, stdout: expect.stringMatching(/^unchanged/)})
    },
    LONG_MS,
  )
})

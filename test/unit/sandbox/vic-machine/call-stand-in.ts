import {startDeadline} from '../../../../src/sandbox/vic-machine/deadline.js'
import type {Surroundings} from '../../../../src/sandbox/vic-machine/invocation.js'
import {openLog} from '../../../../src/sandbox/vic-machine/log-file.js'
import {findRelease} from '../../../../src/sandbox/vic-machine/releases.js'
import {runVicMachine} from '../../../../src/sandbox/vic-machine/run-vic-machine.js'
import {PASSWORD, THUMBPRINT, type FakeWorld} from './fake-vcenter.js'

export const STANDARD_ENVIRONMENT: Readonly<Record<string, string>> = {
  VIC_MACHINE_TARGET: 'vcenter.example.test/DC0',
  VIC_MACHINE_USER: 'administrator@vsphere.local',
  VIC_MACHINE_PASSWORD: PASSWORD,
  VIC_MACHINE_THUMBPRINT: THUMBPRINT,
}

export interface CallOptions extends Partial<
  Pick<Surroundings, 'environment' | 'random' | 'limit' | 'dial' | 'readPassword'>
> {
  readonly version?: string
  /** stderr is a terminal. */
  readonly terminal?: boolean
  /** Files of the operator, by path. */
  readonly operatorFiles?: Readonly<Record<string, string>>
  /** The working folder lets nobody write into it. */
  readonly readOnly?: boolean
}

export interface CallResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  readonly log: string
  /** Files of the working folder by name, vic-machine.log among them. */
  readonly files: Readonly<Record<string, string>>
}

/** A run that may be looked at before it has ended. */
export interface Call {
  readonly ended: Promise<CallResult>
  /** What it has said so far. */
  said(): Omit<CallResult, 'exitCode'>
}

/** Begins a run of the stand-in in this process against a vCenter in memory. */
export function startStandIn(world: FakeWorld, words: readonly string[], options: CallOptions = {}): Call {
  const release = findRelease(options.version ?? '1.5.8')
  if (!release) throw new Error('no such release')
  const out = {stdout: '', stderr: ''}
  const files: Record<string, string> = {}
  const surroundings = surroundingsOf(world, options, {out, files})
  const said = () => ({...out, log: files['vic-machine.log'] ?? '', files})
  const running = runVicMachine({program: 'vic-machine-linux', words, release}, surroundings)
  return {said, ended: running.then((exitCode) => ({exitCode, ...said()}))}
}

/** Runs the stand-in to its end. */
export async function callStandIn(
  world: FakeWorld,
  words: readonly string[],
  options: CallOptions = {},
): Promise<CallResult> {
  return startStandIn(world, words, options).ended
}

interface Outputs {
  readonly out: {stdout: string; stderr: string}
  readonly files: Record<string, string>
}

function surroundingsOf(world: FakeWorld, options: CallOptions, {out, files}: Outputs): Surroundings {
  const stderr = (text: string) => void (out.stderr += text)
  const write = (name: string, text: string) => {
    if (options.readOnly) throw Object.assign(new Error('EACCES'), {code: 'EACCES'})
    files[name] = (files[name] ?? '') + text
  }
  return {
    sink: {
      terminal: options.terminal ?? false,
      stdout: (text) => void (out.stdout += text),
      stderr,
      log: openLog({write: (text) => write('vic-machine.log', text), stderr}),
      now: () => new Date(),
    },
    environment: options.environment ?? STANDARD_ENVIRONMENT,
    connect: async () => world.vcenter,
    probe: async (endpoint) => {
      const vm = world.vms.find((candidate) => candidate.endpoint === endpoint)
      return vm ? world.info(vm) : {kind: 'retry'}
    },
    readText: (file) => options.operatorFiles?.[file],
    homeDirectory: '/home/operator',
    dial: options.dial ?? (async () => undefined),
    limit: options.limit ?? startDeadline,
    ...(options.readPassword && {readPassword: options.readPassword}),
    writeFile: write,
    random: options.random ?? Math.random,
    pollMs: 5,
  }
}

/** The messages of logrus lines, unquoted, with their level. */
export function messages(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const match = /^time="[^"]+" level=(\w+)(?: msg=(.*))? $/.exec(line)
      if (!match) return line
      const [, level, message = ''] = match
      return `${level}: ${message.startsWith('"') ? (JSON.parse(message) as string) : message}`
    })
}

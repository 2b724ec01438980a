import type {Surroundings} from '../../../../src/sandbox/vic-machine/invocation.js'
import {findRelease} from '../../../../src/sandbox/vic-machine/releases.js'
import {runVicMachine} from '../../../../src/sandbox/vic-machine/run-vic-machine.js'
import {PASSWORD, THUMBPRINT, type FakeWorld} from './fake-vcenter.js'

export const STANDARD_ENVIRONMENT: Readonly<Record<string, string>> = {
  VIC_MACHINE_TARGET: 'vcenter.example.test/DC0',
  VIC_MACHINE_USER: 'administrator@vsphere.local',
  VIC_MACHINE_PASSWORD: PASSWORD,
  VIC_MACHINE_THUMBPRINT: THUMBPRINT,
}

export interface CallOptions {
  readonly version?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly terminal?: boolean
  readonly random?: () => number
  /** Files of the operator, by path. */
  readonly operatorFiles?: Readonly<Record<string, string>>
}

export interface CallResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  readonly log: string
  readonly files: Readonly<Record<string, string>>
}

/** Runs the stand-in in this process against a vCenter in memory. */
export async function callStandIn(
  world: FakeWorld,
  words: readonly string[],
  options: CallOptions = {},
): Promise<CallResult> {
  const release = findRelease(options.version ?? '1.5.8')
  if (!release) throw new Error('no such release')
  const out = {stdout: '', stderr: '', log: ''}
  const files: Record<string, string> = {}
  const surroundings: Surroundings = {
    sink: {
      terminal: options.terminal ?? false,
      stdout: (text) => void (out.stdout += text),
      stderr: (text) => void (out.stderr += text),
      log: (text) => void (out.log += text),
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
    writeFile: (name, text) => void (files[name] = text),
    random: options.random ?? Math.random,
    pollMs: 5,
  }
  const exitCode = await runVicMachine({program: 'vic-machine-linux', words, release}, surroundings)
  return {exitCode, ...out, files}
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

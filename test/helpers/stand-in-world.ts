import {spawn} from 'node:child_process'
import {mkdtempSync, rmSync} from 'node:fs'
import {request} from 'node:http'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import {DEFAULT_SANDBOX_NAME} from '../../src/sandbox/lifecycle/sandbox-directory.js'
import {startSandbox, type SandboxOptions} from '../../src/sandbox/lifecycle/start-sandbox.js'
import {stopSandbox} from '../../src/sandbox/lifecycle/stop-sandbox.js'
import type {ControlClient} from '../../src/sandbox/vcenter/control-api.js'
import {connectControl} from '../../src/sandbox/vcenter/control-client.js'
import type {Knobs} from '../../src/sandbox/state/sandbox-state.js'

export const QUICK_KNOBS: Partial<Knobs> = {
  bootDelayMs: 50,
  bootRetryMs: 50,
  guestShutdownMs: 20,
  containerStartDelayMs: 10,
}

/** A state directory of its own, and everything in it stopped and removed at the end. */
export function sandboxesForTest() {
  const stateDirectory = mkdtempSync(path.join(tmpdir(), 'vicnfs-test-'))
  const names = new Set<string>()
  return {
    stateDirectory,
    start: (options: SandboxOptions = {}) => {
      names.add(options.name ?? DEFAULT_SANDBOX_NAME)
      return startSandbox({stateDirectory, knobs: QUICK_KNOBS, ...options})
    },
    end: async () => {
      for (const name of names) await stopSandbox(name, {stateDirectory, removeState: true})
      rmSync(stateDirectory, {recursive: true, force: true})
    },
  }
}

export interface Ended {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** Starts the stand-in's executable in a folder of its own. */
export function callVicMachine(sandbox: SandboxHandle, words: readonly string[]) {
  const folder = mkdtempSync(path.join(tmpdir(), 'vicnfs-call-'))
  const child = spawn(sandbox.vicMachinePath, words, {
    cwd: folder,
    env: {PATH: process.env['PATH'] ?? '', ...sandbox.environment()},
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (exitCode, signal) => {
      rmSync(folder, {recursive: true, force: true})
      resolve({exitCode, signal, stdout, stderr})
    })
  })
  const said = async (words: string) => {
    while (!stdout.includes(words)) {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`ended without saying ${words}: ${stdout}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  return {child, ended, said}
}

export function vicMachine(sandbox: SandboxHandle, ...words: string[]): Promise<Ended> {
  return callVicMachine(sandbox, words).ended
}

export async function withControl<T>(sandbox: SandboxHandle, work: (control: ControlClient) => Promise<T>): Promise<T> {
  const control = await connectControl(sandbox.controlPath)
  try {
    return await work(control)
  } finally {
    control.close()
  }
}

/** One call of the sandbox's Docker API. */
export function docker(
  sandbox: SandboxHandle,
  method: string,
  url: string,
  body?: unknown,
): Promise<{status: number; json: unknown}> {
  return new Promise((resolve, reject) => {
    const call = request(
      {socketPath: sandbox.socketPath, agent: false, method, path: url, headers: {'Content-Type': 'application/json'}},
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        response.once('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            json: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text,
          }),
        )
      },
    )
    call.once('error', reject)
    call.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

export async function onlineStores(sandbox: SandboxHandle): Promise<string[]> {
  const {json} = await docker(sandbox, 'GET', '/info')
  const lines = (json as {SystemStatus: [string, string][]}).SystemStatus
  return (lines.find(([key]) => key === 'VolumeStores')?.[1] ?? '').split(' ').sort()
}

/** Whether the VCH has booted: its Docker API answers. */
export async function answers(sandbox: SandboxHandle): Promise<boolean> {
  return (await docker(sandbox, 'GET', '/info').catch(() => ({status: 0}))).status === 200
}

export async function untilAnswers(sandbox: SandboxHandle): Promise<void> {
  while (!(await answers(sandbox))) await delay(10)
}

import {readdir, readFile} from 'node:fs/promises'
import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'

import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import type {SandboxState} from '../../src/sandbox/state/sandbox-state.js'
import type {ControlClient, ControlStatus} from '../../src/sandbox/vcenter/control-api.js'

/** Resolves as soon as the sandbox is seen in that state. */
export async function untilStatus(
  control: ControlClient,
  isIt: (status: ControlStatus) => boolean,
): Promise<ControlStatus> {
  for (;;) {
    const status = await control.status()
    if (isIt(status)) return status
    await delay(10)
  }
}

/** All that a sandbox remembers, from its file. */
export async function readState(sandbox: SandboxHandle): Promise<SandboxState> {
  return JSON.parse(await readFile(path.join(sandbox.directory, 'state.json'), 'utf8')) as SandboxState
}

export async function volumeNames(sandbox: SandboxHandle): Promise<string[]> {
  return (await readState(sandbox)).volumes.map((volume) => volume.name)
}

/** How often the endpoint VM has booted since the sandbox was made. */
export async function bootCount(sandbox: SandboxHandle): Promise<number> {
  const log = await readFile(path.join(sandbox.directory, 'port-layer.log'), 'utf8')
  return log.split('\n').filter((line) => line.includes('Initializing network')).length
}

export interface SeenChange {
  readonly folder: string
  readonly kind: string
}

/** Every change that vicnfs has started vic-machine for, oldest first. */
export async function changesIn(stateDirectory: string): Promise<SeenChange[]> {
  const root = path.join(stateDirectory, 'changes')
  const folders = (await readdir(root).catch(() => [])).sort()
  return Promise.all(
    folders.map(async (name) => {
      const folder = path.join(root, name)
      const text = await readFile(path.join(folder, 'change.json'), 'utf8').catch(() => '{"kind":"not written"}')
      return {folder, kind: (JSON.parse(text) as {kind: string}).kind}
    }),
  )
}

export async function changeKinds(stateDirectory: string): Promise<string[]> {
  return (await changesIn(stateDirectory)).map(({kind}) => kind)
}

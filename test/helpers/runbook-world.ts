import {writeFile} from 'node:fs/promises'
import path from 'node:path'

import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
// jest does not bear two dynamic imports of one module at a time, as connecting does them: here they are loaded before.
import 'dockerode'
import 'execa'
import '../../src/vch/connect.js'
import '../../src/vch/endpoint/resolve-endpoint.js'
import '../../src/vch/endpoint/same-endpoint.js'
import '../../src/vic-machine/change-run.js'
import '../../src/vic-machine/vic-machine.js'

/** A VCH of a runbook as JSON, which is YAML, too; the password comes from a variable of its own. */
export function runbookVch(handle: SandboxHandle, passwordVariable = 'VIC_MACHINE_PASSWORD'): unknown {
  const settings = handle.environment('both')
  return {
    docker: settings['DOCKER_HOST'],
    'vic-machine': {
      path: settings['VICNFS_VIC_MACHINE'],
      target: settings['VIC_MACHINE_TARGET'],
      user: settings['VIC_MACHINE_USER'],
      thumbprint: settings['VIC_MACHINE_THUMBPRINT'],
      'vch-id': handle.vmId,
      'password-env': passwordVariable,
    },
  }
}

export interface RunbookText {
  readonly vchs: Readonly<Record<string, unknown>>
  readonly shares: Readonly<Record<string, unknown>>
  readonly [key: string]: unknown
}

/** Writes a runbook into a folder. @returns its path */
export async function writeRunbook(folder: string, content: RunbookText, name = 'shares.yaml'): Promise<string> {
  const file = path.join(folder, name)
  await writeFile(file, JSON.stringify({version: 1, ...content}, undefined, 2))
  return file
}

/** `count` shares on one server VCH, each with one store on one consumer VCH. */
export function manyShares(
  count: number,
  options: {readonly server: string; readonly consumer: string; readonly prefix?: string},
): Record<string, unknown> {
  const {server, consumer, prefix = 's'} = options
  const names = Array.from({length: count}, (_, index) => `${prefix}${index + 1}`)
  return Object.fromEntries(
    names.map((name) => [
      name,
      {vch: server, create: true, network: 'storage-net', store: {label: `${name}-store`, vch: consumer}},
    ]),
  )
}

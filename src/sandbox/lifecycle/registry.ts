import {randomInt} from 'node:crypto'
import {existsSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {VicnfsError} from '../../model/vicnfs-error.js'
import {withFileLock, type LockOptions} from './file-lock.js'
import {hasState} from './sandbox-directory.js'

/** What the sandboxes of one user share: who holds which loopback networks, and the portmap port. */
export interface Registry {
  portmapPort?: number
  sandboxes: RegistryEntry[]
}

export interface RegistryEntry {
  readonly directory: string
  /** First three bytes of each /24, such as `127.70.4`. */
  readonly networks: readonly string[]
}

/** Changes the registry under its lock; entries of sandboxes without a state are dropped first. An empty one is no file. */
export function changeRegistry<T>(
  root: string,
  change: (registry: Registry) => Promise<T>,
  options: LockOptions,
): Promise<T> {
  const file = path.join(root, 'registry.json')
  const work = async (): Promise<T> => {
    const registry = read(file)
    registry.sandboxes = registry.sandboxes.filter(({directory}) => hasState(directory))
    if (registry.sandboxes.length === 0) delete registry.portmapPort
    const result = await change(registry)
    if (registry.sandboxes.length === 0) rmSync(file, {force: true})
    else {
      const draft = `${file}.new`
      writeFileSync(draft, JSON.stringify(registry, undefined, 2), {mode: 0o600})
      renameSync(draft, file)
    }
    return result
  }
  return withFileLock(path.join(root, 'registry.lock'), work, options)
}

/** Drops what the registry knows of removed sandboxes; with the last one the private folder goes too. */
export async function tidyRegistry(root: string, options: LockOptions): Promise<void> {
  if (!existsSync(root)) return
  await changeRegistry(root, () => Promise.resolve(), options)
  try {
    rmdirSync(root)
  } catch (error) {
    // Others have something in it, or have removed it.
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}

function read(file: string): Registry {
  try {
    const {portmapPort, sandboxes} = JSON.parse(readFileSync(file, 'utf8')) as Registry
    if (!Array.isArray(sandboxes)) return {sandboxes: []}
    return {...(portmapPort !== undefined && {portmapPort}), sandboxes}
  } catch {
    // Lost with the temporary directory, or damaged: sandboxes enter themselves again when they start.
    return {sandboxes: []}
  }
}

/**
 * Free /24 networks for a new sandbox: two neighbours 127.A.B and 127.A.(B+1) for storage and bridge, then one for
 * each extra network; A in 64..127, clear of what other software does on 127.0.0.
 * @throws VN-SANDBOX-ADDRESS
 */
export function freeNetworks(registry: Registry, extra: number): string[] {
  const taken = new Set(registry.sandboxes.flatMap(({networks}) => networks))
  const found: string[] = []
  while (found.length < 2 + extra) {
    const pair = freePair(taken)
    const use = found.length === 0 ? pair : pair.slice(0, 1)
    for (const network of use) taken.add(network)
    found.push(...use)
  }
  return found
}

function freePair(taken: ReadonlySet<string>): [string, string] {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const a = randomInt(64, 128)
    const b = randomInt(0, 127) * 2
    const pair: [string, string] = [`127.${a}.${b}`, `127.${a}.${b + 1}`]
    if (!pair.some((network) => taken.has(network))) return pair
  }
  throw new VicnfsError('VN-SANDBOX-ADDRESS', 'No loopback network is free for another sandbox.', {
    tries: ['vicnfs sandbox status'],
  })
}

/** Enters a sandbox, again if it is known. @throws VN-SANDBOX-ADDRESS when another one has its networks */
export function register(registry: Registry, entry: RegistryEntry): void {
  const others = registry.sandboxes.filter(({directory}) => directory !== entry.directory)
  const rival = others.find(({networks}) => networks.some((network) => entry.networks.includes(network)))
  if (rival) {
    throw new VicnfsError(
      'VN-SANDBOX-ADDRESS',
      `The sandboxes in ${entry.directory} and ${rival.directory} have the same loopback network.`,
      {reason: 'The registry was lost, and both were made while it was.'},
    )
  }
  registry.sandboxes = [...others, entry]
}

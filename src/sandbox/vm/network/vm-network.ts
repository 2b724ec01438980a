import {randomInt} from 'node:crypto'
import {chmod, writeFile} from 'node:fs/promises'
import path from 'node:path'

import {VicnfsError} from '../../../model/vicnfs-error.js'
import {runTool} from '../run-tool.js'
import {endAbandonedNetworks, networkName} from './abandoned-networks.js'

/**
 * A network of container VMs: a bridge in a network namespace of its own, where no packet filter of the machine
 * reaches, and one cable from there to the machine.
 */
export interface VmNetwork {
  readonly name: string
  /** Command words in front of a program that runs in the namespace. */
  readonly enter: readonly string[]
  /** The machine's own address. */
  readonly gateway: string
  /** Script that QEMU runs to plug a tap device into the bridge. */
  readonly plugScript: string
  /** An address in the network. @param host 2 to 254 */
  address(host: number): string
  /** Takes everything away again; VMs in it lose their network. */
  close(): Promise<void>
}

const TRIES = 32
const PREFIX_LENGTH = 24
const PLUG = '#!/bin/sh\nexec ip link set "$1" master bridge up\n'

/**
 * Makes a network in a private /24 that nobody has here. Needs root.
 * @param folder where its script is kept; the caller removes it
 * @throws VN-SANDBOX-VM-TOOL, VN-SANDBOX-ADDRESS
 */
export async function openVmNetwork(
  folder: string,
  {signal}: {readonly signal?: AbortSignal} = {},
): Promise<VmNetwork> {
  await endAbandonedNetworks({signal})
  const [name, subnet] = [networkName(), await freeSubnet(signal)]
  const plugScript = path.join(folder, 'plug-in')
  await writeFile(plugScript, PLUG)
  await chmod(plugScript, 0o755)
  const close = async () => {
    // The cable goes with the namespace, at some time; at once when it is asked for.
    await runTool('ip', ['link', 'delete', name]).catch(() => undefined)
    await runTool('ip', ['netns', 'delete', name]).catch(() => undefined)
  }
  try {
    await build(name, `${subnet}.1/${PREFIX_LENGTH}`, {signal})
  } catch (error) {
    await close()
    throw error
  }
  const enter = ['nsenter', `--net=/run/netns/${name}`, '--']
  return {name, enter, gateway: `${subnet}.1`, plugScript, address: (host) => `${subnet}.${host}`, close}
}

async function build(name: string, address: string, {signal}: {signal: AbortSignal | undefined}): Promise<void> {
  const ip = (...words: readonly string[]) => runTool('ip', words, {signal})
  await ip('netns', 'add', name)
  await ip('link', 'add', name, 'type', 'veth', 'peer', 'name', 'machine', 'netns', name)
  await ip('-n', name, 'link', 'add', 'bridge', 'type', 'bridge')
  await ip('-n', name, 'link', 'set', 'machine', 'master', 'bridge', 'up')
  await ip('-n', name, 'link', 'set', 'bridge', 'up')
  await ip('address', 'add', address, 'dev', name)
  await ip('link', 'set', name, 'up')
}

/** The first three numbers of a /24 in 10.192.0.0/10 with which no address and no route of this machine collides. */
async function freeSubnet(signal: AbortSignal | undefined): Promise<string> {
  const routes = await runTool('ip', ['-4', 'route', 'show', 'table', 'all'], {signal})
  const taken = [...routes.matchAll(/\b10\.[\d./]+/g)].map(([range]) => range)
  for (let tries = 0; tries < TRIES; tries++) {
    const [second, third] = [randomInt(192, 256), randomInt(0, 256)]
    const collides = taken.some((range) => {
      const [, from = -1, then = -1] = range.split(/[./]/).map(Number)
      const length = Number(range.split('/')[1] ?? 32)
      return length >= PREFIX_LENGTH ? from === second && then === third : from === second || length < 16
    })
    if (!collides) return `10.${second}.${third}`
  }
  throw new VicnfsError('VN-SANDBOX-ADDRESS', 'No private network is free for container VMs.')
}

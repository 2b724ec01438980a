import {execFile} from 'node:child_process'
import {promisify} from 'node:util'

const execute = promisify(execFile)

/** A /24 of this machine's own, for one network of an Engine. */
export interface Subnet {
  readonly cidr: string
  /** The address of host number 1 to 254; 1 is this machine's own. */
  address(host: number): string
}

/** The bridge of a private Docker Engine, and addresses that nobody else uses. */
export interface EngineNetwork {
  /** Options of dockerd. */
  readonly options: readonly string[]
  /** This machine's address on the bridge. */
  readonly gateway: string
  /** Number 1 to 6: a subnet that neither the bridge nor the Engine by itself uses. */
  subnet(number: number): Subnet
  /**
   * A network whose containers have addresses of their own, with no mapping in between, as a VCH's container networks
   * are: macvlan, of which this machine takes part.
   * @returns the options of `docker network create`
   */
  containerNetwork(subnet: Subnet): Promise<readonly string[]>
  close(): Promise<void>
}

function bridgeOf(slot: number): string {
  return `vicnfs-e2e${slot}`
}

/** 198.18.0.0/15 is for benchmarks of networks (RFC 2544): no network that a machine is on has it. */
function subnetOf(slot: number, number: number): Subnet {
  const prefix = `198.18.${slot * 16 + number}`
  return {cidr: `${prefix}.0/24`, address: (host) => `${prefix}.${host}`}
}

/**
 * Makes the bridge, and lets its containers out. The Engine itself is told to leave the packet filter alone: it would
 * tear down the rules of another Engine on this machine. Ports are published by its own proxy then.
 */
export async function makeEngineNetwork(slot: number): Promise<EngineNetwork> {
  const [bridge, own] = [bridgeOf(slot), subnetOf(slot, 0)]
  await removeNetwork(slot)
  await ip('link', 'add', bridge, 'type', 'bridge')
  await ip('address', 'add', `${own.address(1)}/24`, 'dev', bridge)
  await ip('link', 'set', bridge, 'up')
  for (const rule of rulesOf(bridge, own)) await iptables('-I', rule)
  const pool = `base=198.18.${slot * 16 + 8}.0/21,size=24`
  return {
    // Ports are published on the bridge's own address, so that they are nobody else's.
    options: [
      ...[`--bridge=${bridge}`, `--default-address-pool=${pool}`, `--ip=${own.address(1)}`],
      ...['--iptables=false', '--ip6tables=false'],
    ],
    gateway: own.address(1),
    subnet: (number) => subnetOf(slot, number),
    containerNetwork: (subnet) => makeContainerNetwork(slot, subnet),
    close: () => removeNetwork(slot),
  }
}

type Rule = readonly [table: string, chain: string, ...words: string[]]

function rulesOf(bridge: string, own: Subnet): readonly Rule[] {
  return [
    ['nat', 'POSTROUTING', '-s', own.cidr, '!', '-o', bridge, '-j', 'MASQUERADE'],
    ['filter', 'FORWARD', '-i', bridge, '-j', 'ACCEPT'],
    ['filter', 'FORWARD', '-o', bridge, '-j', 'ACCEPT'],
  ]
}

/** The names of one cable: its end that carries the network, the far end that only keeps it up, and our own place on it. */
function cableOf(slot: number): {readonly carrier: string; readonly far: string; readonly ours: string} {
  return {carrier: `vicnfs-c${slot}`, far: `vicnfs-f${slot}`, ours: `vicnfs-m${slot}`}
}

async function makeContainerNetwork(slot: number, subnet: Subnet): Promise<readonly string[]> {
  const {carrier, far, ours} = cableOf(slot)
  await ip('link', 'add', carrier, 'type', 'veth', 'peer', 'name', far)
  await ip('link', 'add', ours, 'link', carrier, 'type', 'macvlan', 'mode', 'bridge')
  await ip('address', 'add', `${subnet.address(1)}/24`, 'dev', ours)
  for (const link of [carrier, far, ours]) await ip('link', 'set', link, 'up')
  return ['--driver', 'macvlan', '--opt', `parent=${carrier}`, '--subnet', subnet.cidr, '--gateway', subnet.address(1)]
}

/** Also what a run that was killed has left. */
async function removeNetwork(slot: number): Promise<void> {
  const [bridge, own] = [bridgeOf(slot), subnetOf(slot, 0)]
  for (const rule of rulesOf(bridge, own)) await iptables('-D', rule).catch(() => undefined)
  for (const link of [bridge, cableOf(slot).carrier]) await ip('link', 'delete', link).catch(() => undefined)
}

async function ip(...words: readonly string[]): Promise<void> {
  await execute('ip', words)
}

async function iptables(action: '-I' | '-D', [table, chain, ...words]: Rule): Promise<void> {
  await execute('iptables', ['-w', '-t', table, action, chain, ...words])
}

import {SANDBOX_USER, type NetworkState} from '../state/sandbox-state.js'
import type {VchRecord} from '../vcenter/vcenter-api.js'
import {poolPath} from './find-vch.js'
import {shuffled} from './invocation.js'
import {printedStore} from './merge-stores.js'

/**
 * The options that `inspect config` prints, only those that differ from the defaults of create. The stores come from
 * a Go map, so their order changes from run to run (facts/vic-machine.md § 5).
 */
export function describeVch(vch: VchRecord, random: () => number): string[] {
  const bridge = vch.networks.find((network) => network.driver === 'bridge')
  return [
    `--target=https://${vch.target}`,
    `--thumbprint=${vch.thumbprint}`,
    ...(vch.guestInfo.debugLevel ? [`--debug=${vch.guestInfo.debugLevel}`] : []),
    `--name=${vch.name}`,
    `--compute-resource=${poolPath(vch)}`,
    `--ops-user=${SANDBOX_USER}`,
    '--image-store=ds://datastore1',
    ...shuffled(vch.guestInfo.stores, random).map((store) => `--volume-store=${printedStore(store)}`),
    ...(vch.dnsServers ?? []).map((server) => `--dns-server=${server}`),
    ...(bridge ? [`--bridge-network=${portGroup(bridge)}`] : []),
    ...containerNetworks(vch.networks.filter((network) => network.driver === 'external')),
  ]
}

function containerNetworks(networks: readonly NetworkState[]): string[] {
  const each = (option: string, value: (network: NetworkState) => string | undefined): string[] =>
    networks.flatMap((network) => {
      const text = value(network)
      return text === undefined ? [] : [`--${option}=${portGroup(network)}:${text}`]
    })
  return [
    ...each('container-network', (network) => network.name),
    ...each(
      'container-network-gateway',
      ({gateway, subnet}) => gateway && subnet && `${gateway}/${subnet.split('/')[1]}`,
    ),
    ...each('container-network-ip-range', (network) => network.ipRange),
    ...each('container-network-dns', ({dns}) => dns),
    ...each('container-network-firewall', ({trust}) => (trust === 'published' ? undefined : trust)),
  ]
}

/** Name of the vSphere port group behind a network of the VCH. */
export function portGroup(network: Pick<NetworkState, 'name' | 'portGroup'>): string {
  return network.portGroup ?? `pg-${network.name}`
}

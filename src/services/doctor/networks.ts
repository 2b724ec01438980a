import type {Check} from '../../model/check.js'
import {countAddresses} from '../../model/cidr.js'
import type {VchNetwork} from '../../vch/vch-api.js'
import {takesAddresses} from '../share/choose-network.js'
import {WITHOUT_SERVER, type ExamineContext} from './context.js'
import {check, failed, needed, ok, warning, type Verdict} from './verdict.js'

/** Addresses that servers of ours come back to; a stopped container's address is not in use for the VCH. */
type Reserved = readonly string[]

function countOn(network: VchNetwork, reserved: Reserved): ReturnType<typeof countAddresses> {
  if (!takesAddresses(network)) return undefined
  return countAddresses({...network, usedAddresses: [...network.usedAddresses, ...reserved]})
}

/** One container network: can a share have an address of its own there? */
export function networkVerdict(network: VchNetwork, reserved: Reserved): Verdict {
  const {subnet, gateway = '', name} = network
  const count = countOn(network, reserved)
  if (count === undefined) {
    const lacks = [...(subnet === undefined ? ['subnet'] : []), ...(gateway === '' ? ['gateway'] : [])].join(' and ')
    return warning(`It has no ${lacks}, so no address can be asked for; a store needs one that stays.`, {
      advice: `Take another network, or reserve the address outside VIC and say --address-reserved.`,
    })
  }
  const place = `${subnet ?? ''}, gateway ${gateway}`
  if (count.free > 0) return ok(`${place}: ${count.free} of ${count.total} addresses are free.`)
  return warning(`${place}: all ${count.total} addresses are taken, so no share can be added on "${name}".`, {
    code: 'VN-SHARE-NETWORK',
  })
}

/** Whether the server VCH has a container network on which a share can have an address. */
export function usableVerdict(networks: readonly VchNetwork[], reserved: Reserved): Verdict {
  const external = networks.filter((network) => network.external)
  const usable = external.filter((network) => (countOn(network, reserved)?.free ?? 0) > 0)
  const names = (of: readonly VchNetwork[]): string => of.map(({name}) => `"${name}"`).join(', ')
  if (external.length === 0) {
    return failed(
      'The server VCH has no container network, only bridges, whose port mappings its own VCH can never use.',
      {
        code: 'VN-SHARE-NETWORK',
        advice: 'Give the VCH a container network with gateway and range: vic-machine configure --container-network …',
      },
    )
  }
  if (usable.length === 0) {
    return failed(`No address can be had on ${names(external)}.`, {
      code: 'VN-SHARE-NETWORK',
      advice: 'Give the VCH a container network with gateway, range and a free address.',
    })
  }
  if (external.length === 1) return ok(`${names(usable)} is taken where none is named.`)
  return ok(`${names(usable)}; --network has to name one.`)
}

/** Where server containers can be. */
export async function examineNetworks({sights}: ExamineContext): Promise<Check[]> {
  const title = 'Network for servers'
  const info = await needed(sights.server.info(), WITHOUT_SERVER).catch((error: unknown) => error as Error)
  if (info instanceof Error) return [await check('networks.usable', title, () => Promise.reject(info))]
  if (info.kind === 'docker-engine') {
    const words = 'A Docker Engine: the ports are published on the host, and VCHs mount the share at its address.'
    return [await check('networks.usable', title, () => ok(words))]
  }
  const seen = await Promise.all([sights.server.networks(), sights.server.servers(), sights.server.parked()]).catch(
    (error: unknown) => error as Error,
  )
  if (seen instanceof Error) return [await check('networks.usable', title, () => Promise.reject(seen))]
  const [networks, servers, parked] = seen
  const reserved = [...servers, ...parked].map(({choice}) => choice.address).filter((address) => address !== null)
  return Promise.all([
    check('networks.usable', title, () => usableVerdict(networks, reserved)),
    ...networks
      .filter((network) => network.external)
      .map((network) =>
        check(`networks.${network.name}`, `Network "${network.name}"`, () => networkVerdict(network, reserved)),
      ),
  ])
}

import {isIP} from 'node:net'
import type {Work} from '../../engine/work.js'
import {shellQuote} from '../../model/redaction.js'
import {refuseUnregistrable, type RegistrableFacts} from '../../model/safety.js'
import {shareUrl} from '../../model/share.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import type {Adapters} from '../adapters.js'
import {placeOfUrl} from '../preflight-url.js'
import type {VchApi, VchNetwork} from '../../vch/vch-api.js'
import {takesAddresses} from '../share/choose-network.js'
import {exposeCommand} from '../share/expose-command.js'
import {
  addressOf,
  findParked,
  findServer,
  listParked,
  listServers,
  serves,
  type ServerContainer,
} from '../share/find-server.js'
import {hostAddresses} from './host-addresses.js'
import type {ConsumerVch} from './identify-consumer.js'
import {pathRelation} from './store-place.js'
import {registerCommand} from './recovery-steps.js'
import type {RegisterConsents} from './register-wish.js'
import {ringLook, type RingLook} from './serving-ring.js'

/** A place to register, and the share of ours behind it if there is one. */
export interface FoundShare {
  readonly place: ShareAddress
  readonly share?: string
  /** The command that starts its server container again. */
  readonly startCommand?: string
}

/** What is done on the store of a parked share would be done on an empty server. */
export function parkedError({request}: ServerContainer): VicnfsError {
  const message = `"${request.name}" is parked: an empty server stands in for it.`
  return new VicnfsError('VN-PARKED', message, {tries: [exposeCommand(request)]})
}

/** The running share of a volume. @throws VN-SHARE-NO-SERVER, VN-PARKED, VN-SERVER-DOWN */
async function placeOfShare(adapters: Adapters, name: string, signal: AbortSignal): Promise<FoundShare> {
  const server = await findServer(adapters.server, name, {signal})
  if (server === undefined) {
    const parked = await findParked(adapters.server, name, {signal})
    if (parked !== undefined) throw parkedError(parked)
    throw new VicnfsError(
      'VN-SHARE-NO-SERVER',
      `There is no server container for "${name}" on ${adapters.server.endpoint}.`,
      {
        tries: [shellQuote(['vicnfs', 'expose-volume', name])],
      },
    )
  }
  const host = addressOf(server)
  if (server.container.state !== 'running' || host === '') {
    throw new VicnfsError('VN-SERVER-DOWN', `The server container of "${name}" is not running.`, {
      reason: 'A store that is not mountable is never registered.',
      tries: [exposeCommand(server.request)],
    })
  }
  const {exportFolder: path, uid, gid} = server.request
  return {place: {host, path, uid, gid}, share: name, startCommand: exposeCommand(server.request)}
}

/** Finds what is to be registered: the share of a volume, or any NFS URL. */
export async function findShare(
  adapters: Adapters,
  wanted: {readonly share: string} | {readonly url: string},
  options: {readonly work: Work},
): Promise<FoundShare> {
  return options.work.step('share', 'Find the share', async (step) => {
    const found =
      'share' in wanted ? await placeOfShare(adapters, wanted.share, step.signal) : {place: placeOfUrl(wanted.url)}
    step.unchanged(`${found.place.host}:${found.place.path}`)
    return found
  })
}

/** Whether an address stays: asked for by us; else it must be on a network, and of a release, that keep what they gave. */
function staysPut(vch: ConsumerVch, server: ServerContainer | undefined, carrying: VchNetwork | undefined): boolean {
  if (server !== undefined) return server.choice.address !== null
  return carrying === undefined || (takesAddresses(carrying) && vch.traits.rangeAddressesKept)
}

/** Whether something on the server VCH is at one of these addresses, ours or not. */
async function isOn(
  api: VchApi,
  addresses: readonly string[],
  {server, signal}: {readonly server: ServerContainer | undefined; readonly signal: AbortSignal},
): Promise<boolean> {
  if (server !== undefined) return true
  const networks = await api.networks({signal})
  return networks.some(({usedAddresses}) => usedAddresses.some((address) => addresses.includes(address)))
}

/** A share that the safety rules are applied to. */
interface AdmitOptions {
  readonly found: FoundShare
  readonly label: string
  readonly directory?: string
  readonly consents: RegisterConsents
  /** The command that asks for it, where that is not a register-store. */
  readonly again?: string
  readonly work: Work
  /** Whether the VCHs would serve each other, where several shares of one registration have to ask. */
  readonly ring?: RingLook
}

/** The root of the share of ours that a place named by its URL is a directory of. */
function rootAbove(server: ServerContainer | undefined, path: string): {readonly root?: ShareAddress} {
  if (server === undefined || pathRelation(path, server.request.exportFolder) !== 'below') return {}
  const {exportFolder, uid, gid} = server.request
  return {root: {host: addressOf(server), path: exportFolder, uid, gid}}
}

/** The registration as a command, here and from another VCH; a runbook says itself where its VCHs are. */
function commandsOf(vch: ConsumerVch, {found, label, directory, consents, again}: AdmitOptions) {
  const {place, share} = found
  const within = directory === undefined ? {} : {directory: {name: directory, root: place}}
  const wish = {label, place, ...(share === undefined ? {} : {share}), ...within}
  const command = again ?? registerCommand(wish, {consents, flags: []})
  return command.startsWith('vicnfs runbook ') ? {again: command} : {again: command, elsewhere: elsewhere(command, vch)}
}

/** The same command with another server VCH, which nobody but the operator knows. */
export function elsewhere(command: string, {endpoint}: Pick<ConsumerVch, 'endpoint'>): string {
  return `${command} ${shellQuote(['--host', 'SERVER-VCH', '--consumer-host', endpoint])}`
}

/**
 * What the safety rules must know of a place: whether the consumer VCH itself serves it, and on what kind of address.
 */
async function factsOf(
  adapters: Adapters,
  vch: ConsumerVch,
  options: AdmitOptions & {readonly signal: AbortSignal},
): Promise<RegistrableFacts & {readonly root?: ShareAddress}> {
  const {found, label, signal} = options
  const {host, path} = found.place
  const call = {signal}
  const endpointHost = /^(?!unix:)[a-z]+:\/\/(\[[^\]]+\]|[^/:]+)/.exec(vch.endpoint)?.[1]
  const own = [vch.publishedAddress, endpointHost].filter((text) => text !== undefined)
  const [addresses, ownAddresses] = await Promise.all([hostAddresses([host], call), hostAddresses(own, call)])
  const networks = await adapters.consumer.networks(call)
  const carrying = networks.find((network) => network.usedAddresses.some((address) => addresses.includes(address)))
  const mapped = carrying === undefined && addresses.some((address) => ownAddresses.includes(address))
  const serverApi = carrying === undefined && !mapped ? adapters.server : adapters.consumer
  const server = (await listServers(serverApi, call)).find((each) => serves(each, addresses, path))
  const parked = (await listParked(serverApi, call)).find((each) => serves(each, addresses, path))
  // What is written on an empty server is gone when it stops, the record with it.
  if (parked !== undefined) throw parkedError(parked)
  const volume = found.share ?? server?.request.name
  const isOwn = carrying !== undefined || mapped
  const {ring: look = ringLook(adapters, vch, options.work)} = options
  const isOnServerVch = !isOwn && (await isOn(adapters.server, addresses, {...call, server}))
  const ring = isOnServerVch ? await look() : undefined
  const isName = isIP(host.replace(/^\[|\]$/g, '')) === 0
  const address = addresses.find((each) => isIP(each) === 4)
  const byAddress = address === undefined ? {} : {urlByAddress: shareUrl({...found.place, host: address})}
  return {
    selfHosted: isOwn,
    ...(ring === undefined ? {} : {ring}),
    bootLoop: vch.traits.bootLoop,
    ownAddress: !mapped && carrying?.external !== false,
    addressAskedFor: staysPut(vch, server, carrying),
    share: volume ?? `${host}:${path}`,
    ...(volume === undefined ? {} : {volume}),
    label,
    ...commandsOf(vch, options),
    ...rootAbove(server, path),
    ...(isName && !vch.traits.fqdnStores ? {hostName: {host, ...byAddress}} : {}),
  }
}

/**
 * Applies the safety rules to a found share.
 * @returns the root of the share of ours that the place is a directory of
 * @throws VN-HOST-NAME, VN-PORT-MAPPED, VN-SELF-HOSTED, VN-SERVE-EACH-OTHER, VN-ADDRESS-UNDECIDABLE
 */
export async function admitShare(
  adapters: Adapters,
  vch: ConsumerVch,
  options: AdmitOptions,
): Promise<ShareAddress | undefined> {
  const {work, consents} = options
  return work.step('rules', 'Check the safety rules for this share', async (step) => {
    const facts = await factsOf(adapters, vch, {...options, signal: step.signal})
    refuseUnregistrable(facts, consents)
    const {selfHosted, ring} = facts
    if (selfHosted) step.unchanged('self-hosted, as consented or harmless on this release')
    else
      step.unchanged(
        ring === undefined ? 'its server is outside the consumer VCH' : 'the VCHs serve each other, as consented',
      )
    return facts.root
  })
}

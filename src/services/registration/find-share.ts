import type {Work} from '../../engine/work.js'
import {refuseUnregistrable, type RegistrableFacts} from '../../model/safety.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import type {Adapters} from '../adapters.js'
import {placeOfUrl} from '../preflight-url.js'
import {exposeCommand} from '../share/expose-command.js'
import {addressOf, findServer, listServers} from '../share/find-server.js'
import type {ConsumerVch} from './identify-consumer.js'
import type {RegisterConsents} from './register-share.js'

/** A place to register, and the share of ours behind it if there is one. */
export interface FoundShare {
  readonly place: ShareAddress
  readonly share?: string
  /** The command that starts its server container again. */
  readonly startCommand?: string
}

/** The running share of a volume. @throws VN-SHARE-NO-SERVER, VN-SERVER-DOWN */
async function placeOfShare(adapters: Adapters, name: string, signal: AbortSignal): Promise<FoundShare> {
  const server = await findServer(adapters.server, name, {signal})
  if (server === undefined) {
    throw new VicnfsError('VN-SHARE-NO-SERVER', `There is no server container for "${name}" on ${adapters.server.endpoint}.`, {
      tries: [`vicnfs expose-volume ${name}`],
    })
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
    const found = 'share' in wanted ? await placeOfShare(adapters, wanted.share, step.signal) : {place: placeOfUrl(wanted.url)}
    step.unchanged(`${found.place.host}:${found.place.path}`)
    return found
  })
}

/**
 * What the safety rules must know of a place: whether the consumer VCH itself serves it, and on what kind of address.
 */
async function factsOf(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {readonly found: FoundShare; readonly label: string; readonly signal: AbortSignal},
): Promise<RegistrableFacts> {
  const {found, label, signal} = options
  const {host} = found.place
  const call = {signal}
  const networks = await adapters.consumer.networks(call)
  const carrying = networks.find((network) => network.usedAddresses.includes(host))
  const endpointHost = /^[a-z]+:\/\/([^/:]+)/.exec(vch.endpoint)?.[1]
  const mapped = host === vch.publishedAddress || (vch.endpoint.startsWith('unix:') ? false : host === endpointHost)
  const serverApi = carrying === undefined ? adapters.server : adapters.consumer
  const server = (await listServers(serverApi, call)).find((each) => addressOf(each) === host)
  return {
    selfHosted: carrying !== undefined || mapped,
    bootLoop: vch.traits.bootLoop,
    ownAddress: !mapped && carrying?.external !== false,
    addressAskedFor: server === undefined || server.choice.address !== null,
    share: found.share ?? server?.request.name ?? `${host}:${found.place.path}`,
    label,
  }
}

/** Applies the safety rules to a found share. @throws VN-PORT-MAPPED, VN-SELF-HOSTED, VN-ADDRESS-UNDECIDABLE */
export async function admitShare(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {readonly found: FoundShare; readonly label: string; readonly consents: RegisterConsents; readonly work: Work},
): Promise<void> {
  const {work, consents} = options
  await work.step('rules', 'Check the safety rules for this share', async (step) => {
    const facts = await factsOf(adapters, vch, {...options, signal: step.signal})
    refuseUnregistrable(facts, consents)
    step.unchanged(facts.selfHosted ? 'self-hosted, as consented or harmless on this release' : 'its server is outside the consumer VCH')
  })
}

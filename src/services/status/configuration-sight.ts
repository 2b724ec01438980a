import {isVicnfsError, messageOf, type VicnfsError} from '../../model/vicnfs-error.js'
import type {VolumeStore} from '../../model/volume-store.js'
import type {Adapters, VicMachineAccess} from '../adapters.js'
import type {DockerSight} from './docker-sight.js'

/** What vic-machine shows of the consumer VCH. */
export interface Configuration {
  readonly stores: readonly VolumeStore[]
  readonly name: string | undefined
  readonly vcenter: string
  /** Absent while the VCH is off: then nobody tells it. */
  readonly id?: string
  readonly version?: string
  readonly off: boolean
}

export type ConfigurationSight =
  {readonly asked: true; readonly configuration: Configuration} | {readonly asked: false; readonly why: string}

/** `inspect config` leaves out what is vic-machine's default (facts/vic-machine.md § 1). */
const UNPRINTED_NAME = 'virtual-container-host'

/** Each look logs in to vCenter, so a watch asks only so often, or when the Docker API shows something new. */
const FRESH_MS = 60_000

/** @throws VN-VICMACHINE-…; a refused login is not tried a second time, so the calls come one after the other (S8) */
async function ask(access: VicMachineAccess, signal: AbortSignal) {
  const {stores, name} = await access.program.inspectConfig(access.selector, {signal})
  const common = {stores, name, vcenter: access.vcenter}
  try {
    const {id, vchVersion: version, dockerHost} = await access.program.inspect(access.selector, {signal})
    return {...common, id, version, dockerHost, off: false}
  } catch (error) {
    if (!isVicnfsError(error) || error.code !== 'VN-VICMACHINE-VCH-OFF') throw error
    const {id} = access.selector
    return {...common, ...(id === undefined ? {} : {id}), off: true}
  }
}

/** Why what vic-machine shows is about another VCH than the Docker API (S10); undefined when it is not. */
async function otherVch(
  adapters: Adapters,
  sight: DockerSight,
  seen: {readonly name: string | undefined; readonly dockerHost?: string; readonly signal: AbortSignal},
): Promise<string | undefined> {
  const {signal, dockerHost, name = UNPRINTED_NAME} = seen
  const sameName = sight.info === undefined || sight.info.name === name
  const same = dockerHost === undefined || (await adapters.sameEndpoint(sight.api.endpoint, dockerHost, {signal}))
  if (sameName && same) return undefined
  return `it is set to the VCH "${name}"${dockerHost === undefined ? '' : ` at ${dockerHost}`}, and the Docker API ${sight.api.endpoint} is another one`
}

function unset({hasVicMachine}: Adapters): string | undefined {
  return hasVicMachine ? undefined : 'neither --vic-machine nor --target says where it is'
}

const ASK_NO_MORE = new Set(['usage', 'refused'])

/** A way to ask vic-machine again and again, as seldom as possible. */
export function createConfigurationLook(
  adapters: Adapters,
  now: () => number = () => performance.now(),
): (sight: DockerSight, signal: AbortSignal) => Promise<ConfigurationSight> {
  let last: {readonly sight: ConfigurationSight; readonly about: string; readonly atMs: number} | undefined
  let given: ConfigurationSight | undefined
  const look = async (sight: DockerSight, signal: AbortSignal): Promise<ConfigurationSight> => {
    try {
      const {dockerHost, ...configuration} = {
        dockerHost: undefined,
        ...(await ask(await adapters.vicMachine(), signal)),
      }
      const at = dockerHost === undefined ? {} : {dockerHost}
      const why = await otherVch(adapters, sight, {name: configuration.name, ...at, signal})
      return why === undefined ? {asked: true, configuration} : {asked: false, why}
    } catch (error) {
      signal.throwIfAborted()
      if (!isVicnfsError(error)) throw error
      const failed: ConfigurationSight = {asked: false, why: whyNot(error)}
      // What is missing or refused is so the next time, too; a login least of all is tried again.
      if (ASK_NO_MORE.has(error.kind) || error.code === 'VN-VICMACHINE-LOGIN') given = failed
      return failed
    }
  }
  return async (sight, signal) => {
    const why = unset(adapters)
    if (why !== undefined) return {asked: false, why}
    if (given !== undefined) return given
    const about = JSON.stringify([sight.info?.onlineStores, sight.info?.name, sight.error?.code])
    if (last !== undefined && last.about === about && now() - last.atMs < FRESH_MS) return last.sight
    last = {sight: await look(sight, signal), about, atMs: now()}
    return last.sight
  }
}

function whyNot(error: VicnfsError): string {
  return messageOf(error).replace(/\.$/, '')
}

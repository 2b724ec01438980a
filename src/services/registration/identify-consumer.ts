import type {Work} from '../../engine/work.js'
import {vchKeys} from '../../journal/vch-keys.js'
import {isVicnfsError, VicnfsError} from '../../model/vicnfs-error.js'
import {formatVicVersion, parseVicVersion, type VicTraits} from '../../model/vic-version.js'
import {isUnreachable} from '../../vch/failures/is-unreachable.js'
import type {VchInfo} from '../../vch/vch-api.js'
import type {VchConfiguration, VchRow, VchSelector} from '../../vic-machine/vic-machine-api.js'
import type {Adapters, VicMachineAccess} from '../adapters.js'
import {resolvedKeys} from '../vch-lock.js'
import {openChanges} from './open-changes.js'
import {checkReleases, supportedTraits} from './releases.js'
import {proveSame} from './same-vch.js'
import {withCandidates} from './which-vch.js'

/** How much of the consumer VCH answers: everything; not its Docker API; or it is powered off. */
export type VchPresence = 'up' | 'api-down' | 'off'

/** The consumer VCH, proven to be the one that vic-machine means (S10). */
export interface ConsumerVch {
  readonly presence: VchPresence
  readonly name: string
  readonly id: string
  readonly vcenter: string
  readonly endpoint: string
  /** VIC release of the VCH. */
  readonly version: string
  readonly traits: VicTraits
  readonly access: VicMachineAccess
  readonly selector: VchSelector
  /** Address at which ports published on the endpoint VM are reached. */
  readonly publishedAddress?: string
  /** As read while identifying it; read again right before a change (S2). */
  readonly configuration: VchConfiguration
  readonly keys: readonly string[]
}

async function askDockerApi(adapters: Adapters, signal: AbortSignal): Promise<VchInfo | undefined> {
  let info: VchInfo
  try {
    info = await adapters.consumer.info({signal})
  } catch (error) {
    if (isUnreachable(error)) return undefined
    throw error
  }
  if (info.kind !== 'vch') {
    throw new VicnfsError(
      'VN-NOT-A-VCH',
      `${adapters.consumer.endpoint} is a plain Docker Engine (${info.version}), no VCH.`,
    )
  }
  return info
}

/** A VCH that is off although no change of ours is open: half-done by somebody, or switched off. */
function offWithoutReason(error: VicnfsError, id: string | undefined): VicnfsError {
  if (error.code !== 'VN-VICMACHINE-VCH-OFF' || id === undefined) return error
  return new VicnfsError('VN-VCH-DOWN', `The VCH ${id} is powered off, and no change of ours explains it.`, {
    recovery: [
      `In vSphere, find out why the endpoint VM ${id} is off, and power it on.`,
      'Then run the same command again.',
    ],
    cause: error,
  })
}

/** The row of a VCH that is off. A name alone may mean several: then none is taken (S10). @throws VN-SETTING-BAD */
export function rowOf(rows: readonly VchRow[], selector: VchSelector): VchRow | undefined {
  const {id, name} = selector
  const found = rows.filter((row) => (id === undefined ? row.name === name : row.id === id))
  if (found.length <= 1) return found[0]
  throw new VicnfsError('VN-SETTING-BAD', `${found.length} VCHs are named "${name ?? ''}", and this one is off.`, {
    reason: 'A name does not tell which of them is meant; the id of its endpoint VM does.',
    tries: found.slice(0, 2).map((row) => `export VICNFS_VCH_ID=${row.id}`),
  })
}

async function inspectOrOff(
  adapters: Adapters,
  access: VicMachineAccess,
  options: {apiAnswers: boolean; signal: AbortSignal},
): Promise<{id: string; version: string; dockerHost?: string; publishedAddress?: string}> {
  const {apiAnswers, signal} = options
  try {
    const seen = await access.program.inspect(access.selector, {signal})
    const {id, vchVersion: version, dockerHost, publishedAddress} = seen
    return {id, version, dockerHost, ...(publishedAddress === undefined ? {} : {publishedAddress})}
  } catch (error) {
    if (apiAnswers || !isVicnfsError(error) || error.kind === 'usage' || error.kind === 'interrupted') throw error
    const rows = await access.program.list({signal})
    const row = rowOf(rows, access.selector)
    // Only an open change for that VM id may stand for the proof of identity while the VCH is off (S10).
    const open =
      row === undefined ? [] : await openChanges(adapters.journal, vchKeys({target: access.vcenter, id: row.id}))
    if (row === undefined || open.length === 0) throw offWithoutReason(error, row?.id)
    const version = parseVicVersion(row.version)
    return {id: row.id, version: version === undefined ? row.version : formatVicVersion(version)}
  }
}

/**
 * Looks at the consumer VCH from both sides and proves that they are one (S10).
 * @throws VN-DIFFERENT-VCH, VN-VICMACHINE-RELEASE, VN-VIC-UNSUPPORTED, VN-NOT-A-VCH, VN-VICMACHINE-…
 */
export async function identifyConsumer(adapters: Adapters, options: {readonly work: Work}): Promise<ConsumerVch> {
  return options.work.step('identify', 'Prove that Docker API and vic-machine mean the same VCH', async (step) => {
    const {signal} = step
    const access = await adapters.vicMachine()
    const installer = await access.program.version({signal})
    supportedTraits(installer, 'vic-machine')
    const info = await askDockerApi(adapters, signal)
    if (info !== undefined) checkReleases(installer, info.version)
    const apiAnswers = info !== undefined
    const inspected = await inspectOrOff(adapters, access, {apiAnswers, signal}).catch(async (error: unknown) => {
      throw await withCandidates(error, access, {signal})
    })
    const traits = checkReleases(installer, info?.version ?? inspected.version)
    // From here on the id speaks, so that nothing reaches a VCH that gets the same name meanwhile.
    const selector = {id: inspected.id}
    const configuration = await access.program.inspectConfig(selector, {signal})
    const {dockerHost} = inspected
    if (dockerHost !== undefined) await proveSame(adapters, {info, dockerHost, configuration}, signal)
    const presence: VchPresence = info !== undefined ? 'up' : dockerHost === undefined ? 'off' : 'api-down'
    const name = info?.name ?? configuration.name ?? access.selector.name ?? inspected.id
    step.unchanged(`${name}, VIC ${info?.version ?? inspected.version}, ${inspected.id}`)
    return {
      presence,
      name,
      id: inspected.id,
      vcenter: access.vcenter,
      endpoint: adapters.consumer.endpoint,
      version: info?.version ?? inspected.version,
      traits,
      access,
      selector,
      ...(inspected.publishedAddress === undefined ? {} : {publishedAddress: inspected.publishedAddress}),
      configuration,
      keys: await resolvedKeys(
        vchKeys({endpoint: adapters.consumer.endpoint, target: access.vcenter, id: inspected.id}),
        {signal},
      ),
    }
  })
}

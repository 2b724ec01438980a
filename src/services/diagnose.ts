import {runWork} from '../engine/work.js'
import {countChecks, type Check, type CheckCounts, type CheckGroup} from '../model/check.js'
import type {ServiceOptions} from './adapters.js'
import type {ExamineContext, ExamineOptions} from './doctor/context.js'
import {examineDockerApis} from './doctor/docker-api.js'
import type {ExamineAdapters} from './doctor/examine-adapters.js'
import {examineImages} from './doctor/images.js'
import {examineNetworks} from './doctor/networks.js'
import {examinePorts} from './doctor/ports.js'
import {examineShares} from './doctor/shares.js'
import {sideBySide} from '../engine/side-by-side.js'
import {openSights} from './doctor/sights.js'
import {examineStores} from './doctor/stores.js'
import {examineTools} from './doctor/tools.js'
import {examineSameVch, examineVch} from './doctor/vch.js'
import {verdictOf} from './doctor/verdict.js'
import {examineVolumes} from './doctor/volumes.js'
import {examineLogin} from './doctor/vsphere.js'

export {connectParts} from './doctor/connect-parts.js'

/** The whole environment as it was found; nothing was changed. */
export interface Examination {
  /** Nothing failed; there may be warnings. */
  readonly healthy: boolean
  readonly summary: CheckCounts
  readonly groups: readonly CheckGroup[]
}

interface Group {
  readonly id: string
  readonly title: string
  readonly examine: (context: ExamineContext) => Promise<Check[]>
}

const GROUPS: readonly Group[] = [
  {id: 'tools', title: 'Tools and versions', examine: examineTools},
  {id: 'vsphere', title: 'vSphere login', examine: examineLogin},
  {id: 'vch', title: 'Consumer VCH in vSphere', examine: examineVch},
  {id: 'docker', title: 'Docker API', examine: examineDockerApis},
  {id: 'same', title: 'The right VCH', examine: examineSameVch},
  {id: 'networks', title: 'Networks', examine: examineNetworks},
  {id: 'ports', title: 'Ports, seen from this machine', examine: examinePorts},
  {id: 'image', title: 'Server image', examine: examineImages},
  {id: 'shares', title: 'Shares', examine: examineShares},
  {id: 'stores', title: 'Registered NFS stores', examine: examineStores},
  {id: 'volumes', title: 'Volumes on the stores', examine: examineVolumes},
]
const AT_A_TIME = 8

/** A group that fails as a whole is a finding, too: the others go on. */
async function examineGroup({id, title, examine}: Group, context: ExamineContext): Promise<CheckGroup> {
  try {
    return {id, title, checks: await examine(context)}
  } catch (error) {
    return {id, title, checks: [{id: `${id}.all`, title, ...verdictOf(error)}]}
  }
}

/**
 * Looks at the environment: tools, vCenter, VCH, Docker APIs, networks, shares, stores, volumes. Changes nothing, takes no
 * lock, and asks each thing once. What is missing or does not answer turns its own checks into "not asked".
 * @throws VN-INTERRUPTED only; whatever else goes wrong is a check
 */
export async function examine(
  options: ExamineOptions,
  adapters: ExamineAdapters,
  serviceOptions: ServiceOptions & {readonly environment?: ExamineContext['environment']} = {},
): Promise<Examination> {
  const {environment = process.env, ...watching} = serviceOptions
  return runWork(
    (work) =>
      work.step('examine', 'Look at the environment', async (step) => {
        const {signal} = step
        const context = {options, adapters, environment, signal, sights: openSights(adapters, {signal})}
        let ended = 0
        const groups = await sideBySide(GROUPS, AT_A_TIME, async (group) => {
          const checks = await examineGroup(group, context)
          step.progress(`${(ended += 1)} of ${GROUPS.length}: ${group.title}`)
          return checks
        })
        // A check that was broken off has found nothing.
        signal.throwIfAborted()
        const summary = countChecks(groups)
        step.unchanged()
        return {healthy: summary.failed === 0, summary, groups}
      }),
    watching,
  )
}

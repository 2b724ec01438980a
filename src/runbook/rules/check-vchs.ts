import {endpointPort, parseEndpoint} from '../../model/endpoint.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import {vcenterOf} from '../../model/vcenter.js'
import type {Inspection} from '../inspection.js'
import {quoted} from '../problem.js'
import type {LooseRunbook} from '../schema.js'

type LooseVicMachine = NonNullable<NonNullable<NonNullable<LooseRunbook['vchs']>[string]>['vic-machine']>

/** Rules for the VCHs by themselves: names, endpoints, how vic-machine is told which one is meant. */
export function checkVchs(inspection: Inspection): void {
  const {loose} = inspection
  if (inspection.has(['vchs']) && loose.vchs !== undefined && inspection.vchNames.length === 0) {
    inspection.report(['vchs'], 'there is no VCH here', 'Describe at least the one that serves the shares.')
  }
  const endpoints = new Map<string, string>()
  const machines = new Map<string, string>()
  for (const [key, vch] of Object.entries(loose.vchs ?? {})) {
    checkName(inspection, ['vchs', key], key)
    if (vch?.docker !== undefined)
      refuseTwin(inspection, {map: endpoints, key, id: endpointOf(inspection, key, vch.docker)})
    const vicMachine = vch?.['vic-machine']
    if (vicMachine === undefined) continue
    checkVicMachine(inspection, key, vicMachine)
    refuseTwin(inspection, {map: machines, key, id: machineOf(vicMachine), below: 'vic-machine'})
  }
}

/** Names are used in paths, events and the journal. */
export function checkName(inspection: Inspection, path: readonly string[], name: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/.test(name)) return
  const fix = 'Use at most 63 letters, digits, "_", "." and "-", with a letter or digit first.'
  inspection.reportKey(path, `${quoted(name)} cannot be a name`, fix)
}

/** One text for all spellings of an endpoint; undefined for one that cannot be used, which is reported. */
function endpointOf(inspection: Inspection, key: string, text: string): string | undefined {
  const path = ['vchs', key, 'docker']
  try {
    const address = parseEndpoint(text)
    return address.kind === 'unix' ? address.path : `${address.host} ${String(endpointPort(address))}`
  } catch (error) {
    const isSecret = inspection.secretsAt(path).length > 0
    const message = isSecret
      ? `what ${inspection.shown(path)} stands for is not the address of a Docker API`
      : (error as Error).message.replace(/\.$/, '')
    const fix = error instanceof VicnfsError ? error.reason : 'Write tcp://host:2376.'
    inspection.report(path, message, fix)
    return undefined
  }
}

/** A VCH under two names would escape the rules that hold per VCH. */
function refuseTwin(
  inspection: Inspection,
  twin: {map: Map<string, string>; key: string; id: string | undefined; below?: string},
): void {
  const {map, key, id, below = 'docker'} = twin
  if (id === undefined) return
  const first = map.get(id)
  if (first === undefined) map.set(id, key)
  else {
    const fix = `Describe it once, and name it ${quoted(first)} everywhere.`
    inspection.report(['vchs', key, below], `this is the same VCH as ${quoted(first)}`, fix)
  }
}

function machineOf(vicMachine: LooseVicMachine): string | undefined {
  const {target, vch, 'vch-id': id, 'compute-resource': resource = ''} = vicMachine
  if (target === undefined || (vch ?? id) === undefined) return undefined
  return JSON.stringify([vcenterOf(target), id ?? [vch, resource, target]])
}

function checkVicMachine(inspection: Inspection, key: string, vicMachine: LooseVicMachine): void {
  const path = ['vchs', key, 'vic-machine']
  const [hasName, hasId] = [inspection.has([...path, 'vch']), inspection.has([...path, 'vch-id'])]
  if (hasName && hasId) {
    const fix = 'Keep one of the two; the id stays when the VCH is renamed.'
    inspection.reportKey([...path, 'vch'], 'the VCH is named twice, by name and by id', fix)
  }
  if (!hasName && !hasId) {
    const fix = 'Add vch-id: vm-123, or vch: with its name; vic-machine ls shows both.'
    inspection.reportKey(path, 'it is not said which VCH is meant', fix)
  }
  if (vicMachine.target !== undefined && /^(?:[a-z][a-z0-9+.-]*:\/\/)?[^/]*@/i.test(vicMachine.target)) {
    const fix = 'The user goes under user; the password into the variable that password-env names.'
    inspection.report([...path, 'target'], 'there is a login in the target', fix)
  }
  const variable = vicMachine['password-env']
  if (variable !== undefined && !/^[A-Za-z_]\w*$/.test(variable)) {
    // What stands here could be the password itself, so it is not shown.
    const fix = 'Write the name only, as in: password-env: VIC_MACHINE_PASSWORD'
    inspection.report([...path, 'password-env'], 'this is not the name of a variable', fix)
  }
}

import {
  powerCyclesOf,
  type PlanMark,
  type PlannedShare,
  type PlannedVch,
  type PlanRefusal,
  type RunbookPlan,
} from './runbook-plan.js'

const MARKS: Readonly<Record<PlanMark, string>> = {
  add: '+ add',
  change: '~ change',
  keep: '= keep',
  ignored: '! ignored by VIC',
  refused: '✗ refused',
}

const shareMark = ({mark, exchange}: PlannedShare): string =>
  mark === 'change' && exchange === 'un-park' ? '~ un-park' : MARKS[mark]

const many = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

function vchLines(vch: PlannedVch): string[] {
  const called = vch.name === undefined || vch.name === vch.key ? '' : ` ("${vch.name}")`
  const cycles = vch.powerCycles === 0 ? 'no power-cycle' : 'one power-cycle'
  const stores = vch.stores.map(({mark, label, url, reason}) => {
    const place = url === '' ? 'address handed out by the network' : url
    return `  ${MARKS[mark]}  ${label}  ${place}${reason === undefined ? '' : `  (${reason})`}`
  })
  return [`VCH ${vch.key}${called}: ${cycles}`, ...stores, ...(vch.command === undefined ? [] : [`  ${vch.command}`])]
}

function refusalLines({about, name, vch, code, message, reason, tries, recovery}: PlanRefusal): string[] {
  const on = vch === undefined ? '' : ` on ${vch}`
  return [
    `✗ ${about} ${name}${on}: ${message} (${code})`,
    `    why: ${reason.replaceAll('\n', '\n         ')}`,
    ...tries.map((command) => `    try: ${command}`),
    ...recovery.map((step, index) => `    ${index + 1}. ${step}`),
  ]
}

/** One line that sums a plan up. */
export function planSummary(plan: RunbookPlan): string {
  const marks = plan.shares.map(({mark}) => mark)
  const count = (mark: PlanMark): number => marks.filter((each) => each === mark).length
  const added = plan.vchs.flatMap(({stores}) => stores).filter(({mark}) => mark === 'add').length
  const parts = [
    `${many(count('add'), 'share')} to make`,
    ...(count('change') === 0 ? [] : [`${many(count('change'), 'share')} to change`]),
    `${many(added, 'store')} to add`,
    many(powerCyclesOf(plan), 'power-cycle'),
    ...(plan.refusals.length === 0 ? [] : [`${plan.refusals.length} refused`]),
  ]
  return plan.pending || plan.refusals.length > 0
    ? parts.join(', ')
    : 'nothing to do: everything is as the runbook says'
}

/** A plan line by line, without colours: share by share, VCH by VCH, the operator's steps, what is refused and why. */
export function planLines(plan: RunbookPlan): string[] {
  const shares = plan.shares.map((share) => {
    const {key, vch, url, what} = share
    const place = url === undefined ? '' : `  ${url}`
    return `  ${shareMark(share)}  ${key} on ${vch}${place}  ${what}`
  })
  const steps = plan.steps.map(({name, when, phase, vch, command, runs}) => {
    const where = vch === undefined ? '' : ` of ${vch}`
    return `  ${runs ? '▸' : '–'} ${name}, ${when} ${phase}${where}${runs ? '' : ', not run: nothing to do'}: ${command}`
  })
  return [
    ...(shares.length === 0 ? [] : ['shares', ...shares]),
    ...plan.vchs.flatMap(vchLines),
    ...(steps.length === 0 ? [] : ['steps', ...steps]),
    ...plan.refusals.flatMap(refusalLines),
    planSummary(plan),
  ]
}

import {addedStores, type PlannedShare, type PlannedVch, type RunbookPlan, type SeenShare} from './runbook-plan.js'

/**
 * What changed since a plan was made, a sentence each; empty when it still holds. What an apply of this very plan has
 * done already is no change, so that one that was cut off can be run again.
 * @param fresh the plan as it would be made now
 */
export function whatChanged(saved: RunbookPlan, fresh: RunbookPlan): string[] {
  if (saved.hash !== fresh.hash) return ['the runbook says something else now']
  return [
    ...byKey(saved.shares, fresh.shares, shareChanges, 'share'),
    ...byKey(saved.vchs, fresh.vchs, vchChanges, 'VCH'),
    ...stepChanges(saved, fresh),
  ]
}

/** Variables stand in a plan by name only, so what a command says with them replaced is compared by its seal. */
function stepChanges(saved: RunbookPlan, fresh: RunbookPlan): string[] {
  const sealed = fresh.steps.filter(({seal}) => seal !== undefined)
  if (sealed.length === 0) return []
  const names = sealed.map(({name}) => `"${name}"`).join(', ')
  if (saved.sealedBy !== fresh.sealedBy) {
    return [
      `whether the variables in the command of ${names} stand for the same as then cannot be told on this machine, where the plan was not made`,
    ]
  }
  const sealOf = (name: string): string | undefined => saved.steps.find((step) => step.name === name)?.seal
  return sealed
    .filter(({name, seal}) => sealOf(name) !== seal)
    .map(({name}) => `a variable in the command of the step "${name}" stands for something else`)
}

/**
 * A volume that this machine has made since is the plan's own doing, or as good as that; any other may hold somebody's
 * data. The plan may come from another machine, with a journal of its own.
 */
function volumeChange(was: SeenShare, is: SeenShare, name: string): string[] {
  if (is.volume === null) return was.volume === null ? [] : [`the volume of ${name} is gone`]
  if (was.volume === null) {
    const isMadeHere = is.noted !== null && is.noted !== was.noted
    return isMadeHere ? [] : [`the volume of ${name} is there, and nothing on this machine has made it`]
  }
  const isMadeAnew = was.noted !== null && is.noted !== null && is.noted > was.noted
  const isSame = is.volume.store === was.volume.store && is.volume.capacityMb === was.volume.capacityMb
  return isMadeAnew || !isSame ? [`the volume of ${name} is another one`] : []
}

function byKey<T extends {readonly key: string}>(
  saved: readonly T[],
  fresh: readonly T[],
  changes: (before: T, now: T) => string[],
  what: string,
): string[] {
  return fresh.flatMap((now) => {
    const before = saved.find(({key}) => key === now.key)
    return before === undefined ? [`the ${what} "${now.key}" is not in the plan`] : changes(before, now)
  })
}

function shareChanges(before: PlannedShare, now: PlannedShare): string[] {
  const name = `the share "${now.key}"`
  const [was, is] = [before.seen, now.seen]
  const changes = volumeChange(was, is, name)
  const isExchanged = before.exchange !== undefined && now.exchange === undefined && is.server?.running === true
  if (isExchanged) return changes
  if (was.server !== null && is.server?.id !== was.server.id) {
    changes.push(`the server container of ${name} ${is.server === null ? 'is gone' : 'is another one'}`)
  } else if (was.server?.running === true && is.server?.running === false) {
    changes.push(`the server container of ${name} has stopped`)
  }
  if (before.mark !== 'add' && now.mark === 'add' && changes.length === 0) changes.push(`${name} has to be made anew`)
  if (before.url !== undefined && now.url !== undefined && before.url !== now.url)
    changes.push(`${name} would be at ${now.url}, not at ${before.url}`)
  return changes
}

function vchChanges(before: PlannedVch, now: PlannedVch): string[] {
  const name = `the VCH "${now.key}"`
  if (before.id !== now.id) return [`${name} is another one (${before.id ?? 'unknown'}, now ${now.id ?? 'unknown'})`]
  const planned = new Set(addedStores(before).map(({label, url}) => `${url}:${label}`))
  const [was, is] = [before.seen ?? [], now.seen ?? []]
  const labelOf = (argument: string): string => argument.slice(argument.lastIndexOf(':') + 1)
  const came = is.filter((argument) => !was.includes(argument) && !planned.has(argument)).map(labelOf)
  const went = was.filter((argument) => !is.includes(argument)).map(labelOf)
  const more = addedStores(now).filter(({label, url}) => !planned.has(`${url}:${label}`))
  return [
    ...came.map((label) => `${name} lists the store "${label}", which it did not`),
    ...went.map((label) => `${name} no longer lists the store "${label}"`),
    ...more.map(({label, url}) => `"${label}" would be added to ${name} as ${url}`),
  ]
}

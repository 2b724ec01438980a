interface IdleView {
  readonly share: string
  readonly container: string
  readonly parked?: true
  readonly next: readonly string[]
}

interface RollbackView {
  readonly outcome: 'rolled-back' | 'unchanged' | 'planned'
  readonly vch: string
  readonly labels: readonly string[]
  readonly stores: readonly {readonly label: string}[]
  readonly mended: boolean
  readonly idle: readonly IdleView[]
  readonly command?: string
}

function firstLine({outcome, vch, labels, stores, mended}: RollbackView): string {
  const names = labels.join(', ')
  const left = stores.map(({label}) => label).join(', ') || 'none'
  if (outcome === 'planned') return `planned: ${names} would go from ${vch}; its stores would be: ${left}`
  if (outcome === 'unchanged') {
    const what = labels.length === 0 ? '' : `, ${names} is not registered`
    return `unchanged: there is nothing to roll back on ${vch}${what}; its stores are: ${left}`
  }
  const how = mended ? 'the half-done registration of ' : ''
  return `rolled back: ${how}${names} is taken back from ${vch}; its stores are: ${left}`
}

function idleLine({container, share, parked}: IdleView): string {
  const what = parked === true ? 'goes on standing in, empty, for' : 'goes on serving'
  return `  ${container} ${what} the share "${share}"`
}

/** The end of `rollback`. */
export function rollbackText(result: RollbackView): string {
  const {command, idle} = result
  return [
    firstLine(result),
    ...(command === undefined ? [] : [`  ${command}`]),
    ...[...new Set(idle.map(idleLine))],
    ...[...new Set(idle.flatMap(({next}) => next))].map((next, index) => `${index === 0 ? 'next' : '  or'}: ${next}`),
  ].join('\n')
}

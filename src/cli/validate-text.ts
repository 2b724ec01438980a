interface ContentsView {
  readonly file: string
  readonly vchs: number
  readonly shares: number
  readonly stores: number
  readonly steps: number
  readonly notes: readonly string[]
}

/** The end of `runbook validate`: a line for each file, and what is worth knowing. */
export function validatedText(runbooks: readonly ContentsView[]): string {
  return runbooks.flatMap((runbook) => [contentsLine(runbook), ...runbook.notes.map((note) => `  ${note}`)]).join('\n')
}

function contentsLine({file, vchs, shares, stores, steps}: ContentsView): string {
  const parts = [counted(vchs, 'VCH'), counted(shares, 'share'), counted(stores, 'store')]
  if (steps > 0) parts.push(counted(steps, 'step'))
  return `${file === '-' ? 'standard input' : file}: ${parts.join(', ')}`
}

function counted(count: number, word: string): string {
  return `${String(count)} ${word}${count === 1 ? '' : 's'}`
}

interface CheckView {
  readonly id: string
  readonly title: string
  readonly outcome: 'proven' | 'failed' | 'not-proven'
  readonly detail: string
}

export interface ProofView {
  readonly label: string
  readonly vch: string
  readonly aWrote: string
  readonly bRead: string
  readonly bWrote: string
  readonly aRead: string
  readonly findings: readonly string[]
  readonly evidence: readonly CheckView[]
}

/** Said in the first lines, word by word; or in a finding, as a sentence. */
const SAID_OTHERWISE: ReadonlySet<string> = new Set(['a-to-b', 'b-to-a', 'volume'])

/** What two containers have proven, in their own words; what is not proven stands among the notes. */
export function proofText(proof: ProofView): string {
  const others = proof.evidence.filter(({id, outcome}) => outcome === 'proven' && !SAID_OTHERWISE.has(id))
  return [
    `proven: containers share data through "${proof.label}" on ${proof.vch}`,
    `  container A wrote "${proof.aWrote}", container B read "${proof.bRead}"`,
    `  container B wrote "${proof.bWrote}", container A read "${proof.aRead}"`,
    ...others.map(({title}) => `  ${title}`),
    ...proof.findings.map((finding) => `  note: ${finding}`),
  ].join('\n')
}

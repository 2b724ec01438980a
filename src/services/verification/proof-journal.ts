import type {Journal} from '../../journal/journal.js'

const ACTION = 'verify'

/** Runs a proof between an intent and a result in the journal: a proof that was killed leaves an open intent. */
export async function journalProof<T>(
  journal: Journal,
  subject: {readonly label: string; readonly volume: string; readonly keys: readonly string[]},
  proof: () => Promise<T>,
): Promise<T> {
  const {keys, ...data} = subject
  const vch = {keys}
  const of = await journal.append({kind: 'intent', action: ACTION, vch, data})
  let proven = false
  try {
    const result = await proof()
    proven = true
    return result
  } finally {
    await journal.append({kind: 'result', action: ACTION, vch, of, data: {proven}})
  }
}

/** Whether a store was proven since it was last registered, as far as this machine's journal knows. */
export async function isProven(
  journal: Journal,
  store: {readonly label: string; readonly keys: readonly string[]},
): Promise<boolean> {
  const records = await journal.history(store.keys)
  const last = records.findLast(({intent: {action, data}}) => {
    if (action === ACTION) return data['label'] === store.label
    const added = action === 'configure' ? data['addedLabels'] : undefined
    return Array.isArray(added) && added.includes(store.label)
  })
  return last?.intent.action === ACTION && last.result?.data['proven'] === true
}

/** Volumes of the proofs that this machine's journal knows on a VCH, whether they ended or were killed. */
export async function journalledProofs(journal: Journal, keys: readonly string[]): Promise<readonly string[]> {
  const proofs = (await journal.history(keys)).filter(({intent}) => intent.action === ACTION)
  return proofs.map(({intent}) => intent.data['volume']).filter((volume) => typeof volume === 'string')
}

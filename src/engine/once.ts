/** Takes a look once; whoever asks again gets the same, errors included. */
export function once<T>(look: () => Promise<T>): () => Promise<T> {
  let taken: Promise<T> | undefined
  return () => {
    taken ??= look()
    // Nobody may be asking when it fails.
    taken.catch(() => undefined)
    return taken
  }
}

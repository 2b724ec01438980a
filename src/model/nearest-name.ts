/** The candidate that is a few slips of the keyboard away, if there is one. */
export function nearestName(typed: string, candidates: readonly string[]): string | undefined {
  let nearest: {readonly name: string; readonly distance: number} | undefined
  for (const name of candidates) {
    const most = Math.max(1, Math.floor(name.length / 3))
    // Far longer or shorter is far away: no need to count, and no time to lose on an endless word.
    if (Math.abs(name.length - typed.length) > most) continue
    const distance = editDistance(typed, name)
    if (distance <= most && distance < (nearest?.distance ?? Infinity)) nearest = {name, distance}
  }
  return nearest?.name
}

/** Levenshtein distance, with two neighbouring letters in the wrong order as one slip. */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = []
  let previous = Array.from({length: b.length + 1}, (_value, index) => index)
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1)
      const isSwapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      const swapped = isSwapped ? (beforePrevious[column - 2] ?? 0) + 1 : Infinity
      current.push(Math.min((previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, replaced, swapped))
    }
    beforePrevious = previous
    previous = current
  }
  return previous[b.length] ?? 0
}

/** To the end of the word: in the rest of it a further name finds nothing that this one does not find. */
const PROGRAM = /\bvic-machine\S*/g
const OPTION = /\s-p(?=[=\s])/g
const LINE_END = /[\n\r\u2028\u2029]|$/g

/** Searches forwards only: what was found is kept until it is passed. */
function createSearch(pattern: RegExp, text: string): (from: number) => number {
  let found = -1
  return (from) => {
    if (found < from) {
      pattern.lastIndex = from
      found = pattern.exec(text)?.index ?? Infinity
    }
    return found
  }
}

/**
 * A text with `shown` in place of what follows `-p` in the same line as, and behind, the name of vic-machine.
 * No part of a line is searched twice, however often the program is named in it.
 * @param options.value the value of an option
 */
export function hideShortPassword(text: string, shown: string, {value}: {readonly value: string}): string {
  const password = new RegExp(String.raw`(=|\s+)${value}`, 'y')
  const nextOption = createSearch(OPTION, text)
  const nextLineEnd = createSearch(LINE_END, text)
  const parts: string[] = []
  let done = 0
  PROGRAM.lastIndex = 0
  for (let program = PROGRAM.exec(text); program !== null; program = PROGRAM.exec(text)) {
    const begin = PROGRAM.lastIndex + 1
    const lineEnd = begin > text.length ? -1 : nextLineEnd(begin)
    for (let option = nextOption(begin); option <= lineEnd; option = nextOption(option + 1)) {
      password.lastIndex = option + 3
      const found = password.exec(text)
      if (found === null) continue
      parts.push(text.slice(done, option + 3), found[1] ?? '', shown)
      done = password.lastIndex
      PROGRAM.lastIndex = done
      break
    }
  }
  return `${parts.join('')}${text.slice(done)}`
}

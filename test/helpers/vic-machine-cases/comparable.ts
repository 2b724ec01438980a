/**
 * What must be alike in a recording and a replay, to the letter. Left out: times and seconds since the start, ids of
 * memory and resolver; the lines with which an expired or cancelled operation tells where it noticed, whose number and
 * place are a matter of chance; debug lines, which are full of durations and addresses; the order of what comes from a
 * Go map. A terminal's line ends are those of a pipe.
 */
export function comparable(text: string): string {
  const lines = text
    .replaceAll('\r\n', '\n')
    .split('\n')
    .filter(
      (line) => !/msg="vic\/pkg\/trace\.\(\*Operation\)\.Err: /.test(line) && !/^DATE DEBUG |level=debug /.test(line),
    )
    .map((line) => withoutChance(line))
    .filter((line) => !line.startsWith('DATE DEBUG'))
  return withoutMapOrder(lines).join('\n')
}

const ESC = '\u001B'
/** Level and seconds of a line on a terminal. */
const COLOURED = new RegExp(`^(${ESC}\\[\\d+m[A-Z]{4}${ESC}\\[0m)\\[\\d{4}\\]`)

function withoutChance(line: string): string {
  return line
    .replace(/^time="[^"]+"/, 'time="TIME"')
    .replace(/^[A-Z][a-z]{2} [ \d]\d \d{4} \d\d:\d\d:\d\d\.\d{3}(?:Z|[+-]\d\d:\d\d)/, 'DATE')
    .replace(COLOURED, '$1[SECONDS]')
    .replace(/0xc[0-9a-f]{9}/, 'ADDRESS')
    .replace(/ on [\d.]+:53: no such host/, ' on RESOLVER: no such host')
    .replace(/(?:(?: |\\n\\t)--volume-store=.*?(?=(?: |\\n\\t)--[a-z]|\\n"))+/g, (options) =>
      options
        .split(/(?=(?: |\\n\\t)--volume-store=)/)
        .sort()
        .join(''),
    )
}

const FOLDER_LINE = /(?:Creating directory|Datastore path is) \[/
const STORE_LINE = /^\t--volume-store=/

/** Sorts the lines that a Go map puts in any order. */
function withoutMapOrder(lines: readonly string[]): string[] {
  const sorted = [FOLDER_LINE, STORE_LINE].map((pattern) => lines.filter((line) => pattern.test(line)).sort())
  return lines.map((line) => {
    const kind = [FOLDER_LINE, STORE_LINE].findIndex((pattern) => pattern.test(line))
    return kind < 0 ? line : (sorted[kind]?.shift() ?? line)
  })
}

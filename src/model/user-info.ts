/** What cannot stand in a user's name or password as they are written here, besides white space. */
const RUN = /[^\s/"'`]+/g
/** Looks back once for each `://`, not forward from every letter. */
const URL_USER_INFO = /(?<=[a-z][a-z0-9+.-]*:\/\/)[^\s/"'<>]*@/gi
const NAME_END = /[:=(]/g
const HOST_BEGIN = /[\w[]/

/** Where the `@` is behind which a host begins, the last one; -1 for none. */
function lastAt(run: string): number {
  for (let at = run.lastIndexOf('@'); at >= 0; at = run.lastIndexOf('@', at - 1)) {
    if (HOST_BEGIN.test(run.charAt(at + 1))) return at
    if (at === 0) break
  }
  return -1
}

/**
 * Where `name:password@` begins in a run of characters that ends with it: at its beginning, or behind `=` or `(`.
 * @param options.atBegin whether a name may begin at the beginning of the run
 */
function beginOf(run: string, at: number, {atBegin}: {readonly atBegin: boolean}): number | undefined {
  let begin = atBegin ? 0 : undefined
  NAME_END.lastIndex = 0
  for (let end = NAME_END.exec(run); end !== null && end.index < at - 1; end = NAME_END.exec(run)) {
    if (end[0] !== ':') begin = end.index + 1
    else if (begin !== undefined && end.index > begin) return begin
    else begin = undefined
  }
  return undefined
}

function hideInRun(run: string, before: string, shown: string): string {
  const at = lastAt(run)
  const begin = at < 0 ? undefined : beginOf(run, at, {atBegin: before !== '/'})
  return begin === undefined ? run : `${run.slice(0, begin)}${shown}${run.slice(at)}`
}

/**
 * A text with `shown` in place of the names and passwords of its URLs, and of `name:password@host` without a scheme.
 * Each character is looked at a fixed number of times, however long a line is.
 */
export function hideUserInfo(text: string, shown: string): string {
  const urls = text.replace(URL_USER_INFO, `${shown}@`)
  return urls.replace(RUN, (run, offset: number) => hideInRun(run, urls.charAt(offset - 1), shown))
}

// Writes docs/errors.md from the error table, as built in dist.
import {writeFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'

import {format, resolveConfig} from 'prettier'

const page = fileURLToPath(new URL('../docs/errors.md', import.meta.url))

function entry({code, exitCode, summary, cause, remedy}) {
  const list = [`- **Why:** ${cause}`, `- **What to do:** ${remedy}`, `- **Exit code:** ${exitCode}`]
  return [`### ${code}`, summary, list.join('\n')]
}

/** Each error has the anchor of its heading: `errors.md#vn-half-done`. */
function markdown(groups) {
  const errors = groups.flatMap((group) => group.errors)
  const kinds = [...new Map(errors.map(({exitCode, meaning}) => [exitCode, meaning]))].sort(([a], [b]) => a - b)
  const anchor = (text) =>
    text
      .toLowerCase()
      .replaceAll(/[^a-z0-9 -]/g, '')
      .replaceAll(' ', '-')
  return [
    '<!-- Generated from src/model/error-codes by `npm run docs`. -->',
    '# Errors',
    'What `vicnfs explain CODE` says, for every code. With `--json` an error carries its code as `error.code`.',
    groups.map(({title, errors: of}) => `- [${title}](#${anchor(title)}): ${of.length}`).join('\n'),
    '## Exit codes',
    '| exit code | what it means |\n| --- | --- |\n| 0 | Done, or nothing had to be done. |\n' +
      kinds.map(([exitCode, meaning]) => `| ${exitCode} | ${meaning} |`).join('\n'),
    ...groups.flatMap(({title, errors: of}) => [`## ${title}`, ...of.flatMap(entry)]),
  ].join('\n\n')
}

/** The page of these groups of errors (see `errorGroups`), formatted as everything here is. */
export async function errorsPage(groups) {
  // Signs that Markdown would take for its own.
  const text = markdown(groups)
    .replaceAll(/<(?!!--)([^>\n]*)>/g, '`<$1>`')
    .replaceAll(/(?<=[\s(])\*(?=[\s,;%|&])/g, '\\*')
  return format(text, {...(await resolveConfig(page)), parser: 'markdown'})
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const {errorGroups} = await import('../dist/src/model/error-groups.js')
  writeFileSync(page, await errorsPage(errorGroups()))
}

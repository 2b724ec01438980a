// Reads what jest wrote with --json: `sum-tests.js RESULTS` prints "PASSED FAILED" on stdout, and on stderr each failed
// test with the beginning of its message, so that whoever sees only the end of a long log knows what failed.
import {readFileSync} from 'node:fs'
import path from 'node:path'
import {stripVTControlCharacters} from 'node:util'

const MESSAGE_LINES = 12

const shorten = (message) => stripVTControlCharacters(message).trim().split('\n').slice(0, MESSAGE_LINES)

function failuresOf(file) {
  const failed = file.assertionResults.filter((test) => test.status === 'failed')
  const told = failed.map((test) => [test.fullName, ...test.failureMessages.flatMap(shorten)])
  // A file that could not be run has no tests, only a message of its own.
  return told.length > 0 ? told : [['(the file itself)', ...shorten(file.message)]]
}

const results = JSON.parse(readFileSync(process.argv[2], 'utf8'))
for (const file of results.testResults ?? []) {
  if (file.status !== 'failed') continue
  for (const [name, ...lines] of failuresOf(file)) {
    process.stderr.write(`FAILED ${path.relative(process.cwd(), file.name)}: ${name}\n`)
    process.stderr.write(lines.map((line) => `    ${line}\n`).join(''))
  }
}
process.stdout.write(`${results.numPassedTests} ${results.numFailedTests + results.numRuntimeErrorTestSuites}\n`)

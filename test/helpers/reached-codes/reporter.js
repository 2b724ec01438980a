// jest's reporter: after a run of all tests it fails when a code of the error table was reached by none of them.
import {readdir, readFile, rm} from 'node:fs/promises'
import path from 'node:path'

import {compareCodes} from './compare.js'

const root = path.join(import.meta.dirname, '..', '..', '..')

async function reachedCodes(folder) {
  const files = await readdir(folder)
  const texts = await Promise.all(files.map((name) => readFile(path.join(folder, name), 'utf8')))
  return new Set(texts.flatMap((text) => text.split('\n')).filter((line) => line !== ''))
}

/** Part of the tests cannot reach everything. */
function isWhole({nonFlagArgs, testPathPatterns, testNamePattern, onlyChanged, onlyFailures, shard, findRelatedTests}) {
  const paths = testPathPatterns?.patterns ?? []
  return (
    nonFlagArgs.length === 0 &&
    paths.length === 0 &&
    !testNamePattern &&
    !onlyChanged &&
    !onlyFailures &&
    !findRelatedTests &&
    shard === undefined
  )
}

export default class ReachedCodesReporter {
  #config
  #suite
  #error

  constructor(globalConfig, {suite}) {
    this.#config = globalConfig
    this.#suite = suite
  }

  async onRunComplete(_contexts, {numFailedTests, numRuntimeErrorTestSuites, numPendingTests, testResults}) {
    const folder = process.env.VICNFS_TEST_REACHED_CODES
    if (folder === undefined) return
    const reached = await reachedCodes(folder)
    await rm(folder, {recursive: true, force: true})
    // What failed says more than what it did not come to; and where no container VMs can be made, none can be reached.
    const hasFailed = numFailedTests + numRuntimeErrorTestSuites > 0
    const isElsewhere = this.#suite === 'elsewhere'
    if (hasFailed || (isElsewhere ? numPendingTests > 0 : !isWhole(this.#config))) return
    const {ERROR_TABLE} = await import(path.join(root, 'dist', 'src', 'model', 'error-table.js'))
    const all = JSON.parse(await readFile(path.join(root, 'test', 'fixtures', 'codes-reached-elsewhere.json'), 'utf8'))
    const ran = new Set(testResults.map(({testFilePath}) => path.relative(root, testFilePath)))
    const elsewhere = isElsewhere ? Object.fromEntries(Object.entries(all).filter(([, file]) => ran.has(file))) : all
    const wrong = compareCodes({table: Object.keys(ERROR_TABLE), reached, elsewhere}, this.#suite)
    if (wrong.length === 0) return
    const text = ['Codes of the error table that tests do not reach:', ...wrong.map((line) => `  ${line}`)].join('\n')
    process.stderr.write(`\n${text}\n`)
    this.#error = new Error(text)
  }

  /** An error here makes jest fail. */
  getLastError() {
    return this.#error
  }
}

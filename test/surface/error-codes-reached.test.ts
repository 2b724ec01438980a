import {existsSync, readFileSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

import {afterEach, describe, expect, it} from '@jest/globals'

import {parseDuration} from '../../src/model/duration.js'
import {ERROR_TABLE} from '../../src/model/error-table.js'
import {VicnfsError} from '../../src/model/vicnfs-error.js'
import {requirePassed} from '../../src/services/preflight-url.js'
import {compareCodes} from '../helpers/reached-codes/compare.js'
import {countsFrom, createRecorder, RECORDER} from '../helpers/reached-codes/record.js'
import {instrument} from '../helpers/reached-codes/transform.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const fixture = path.join(root, 'test/fixtures/codes-reached-elsewhere.json')
const elsewhere = JSON.parse(readFileSync(fixture, 'utf8')) as Record<string, string>
const table = ['VN-ONE', 'VN-TWO', 'VN-FAR']

const before = (globalThis as {[RECORDER]?: unknown})[RECORDER]
afterEach(() => {
  Object.assign(globalThis, {[RECORDER]: before})
})

/** The codes that are recorded while `body` runs. */
function recorded(body: () => void): string[] {
  const codes: string[] = []
  Object.assign(globalThis, {[RECORDER]: createRecorder((code) => codes.push(code))})
  body()
  return codes
}

const failed = (code: string) => ({
  ...{passed: false, host: 'h', path: '/p'},
  rungs: [{title: 'MNT', state: 'failed' as const, durationMs: 1, finding: 'x', code: code as never}],
})

describe('a code is reached', () => {
  it('when what is tested makes its error, once a test file', () => {
    const twice = (): void => {
      for (const text of ['1 fortnight', 'x']) expect(() => parseDuration(text)).toThrow()
    }
    expect(recorded(twice)).toEqual(['VN-SETTING-BAD'])
  })

  it('not by a test that names it or makes the error itself', () => {
    expect(recorded(() => new VicnfsError('VN-IN-USE', 'VN-HALF-DONE'))).toEqual([])
  })

  it('not by an error that is merely passed on', () => {
    const pass = (): void => {
      expect(() => requirePassed(failed('VN-NFS-STALE'))).toThrow()
    }
    expect(recorded(pass)).toEqual([])
    expect(countsFrom('src/services/registration/refusal-error.ts', 'VN-VICMACHINE-LOGIN')).toBe(false)
    expect(countsFrom('src/services/registration/refusal-error.ts', 'VN-CONFIGURE-REFUSED')).toBe(true)
    expect(countsFrom(undefined, 'VN-BUG')).toBe(false)
  })

  it('only as long as the places that are watched are as they were', () => {
    const file = path.join(root, 'src/model/vicnfs-error.ts')
    const source = readFileSync(file, 'utf8')
    expect(instrument(source, file) as unknown).not.toBe(source)
    const changed = source.replace('this.kind = ', 'this.sort = ')
    expect(() => instrument(changed, file) as unknown).toThrow('exactly one "this.kind = "')
  })
})

describe('after all tests', () => {
  it('a made-up code is found missing', () => {
    const reached = new Set(['VN-ONE', 'VN-TWO'])
    const far = {'VN-FAR': 'test/e2e/far.test.ts'}
    expect(compareCodes({table, reached, elsewhere: far}, 'all')).toEqual([])
    expect(compareCodes({table: [...table, 'VN-MADE-UP'], reached, elsewhere: far}, 'all')).toEqual([
      'VN-MADE-UP: no test makes vicnfs give this error (src/model/error-codes)',
    ])
    expect(compareCodes({table, reached, elsewhere: {}}, 'all')).toHaveLength(1)
  })

  it('so is one that is to be reached elsewhere and is not, or is reached here, or is no code', () => {
    const far = {'VN-FAR': 'test/e2e/far.test.ts'}
    expect(compareCodes({table, reached: new Set(), elsewhere: far}, 'elsewhere')).toEqual([
      'VN-FAR: test/e2e/far.test.ts does not make vicnfs give this error any more',
    ])
    expect(compareCodes({table, reached: new Set(table), elsewhere: far}, 'elsewhere')).toEqual([])
    expect(compareCodes({table, reached: new Set(table), elsewhere: {...far, 'VN-OLD': 'x'}}, 'all')).toEqual([
      expect.stringMatching(/^VN-FAR: is reached here/),
      expect.stringMatching(/^VN-OLD: is no code/),
    ])
  })

  it('each one that is reached elsewhere has a test there that expects it', () => {
    for (const [code, file] of Object.entries(elsewhere)) {
      expect({code, isCode: code in ERROR_TABLE, exists: existsSync(path.join(root, file))}).toEqual({
        ...{code, isCode: true, exists: true},
      })
      expect(file).toMatch(/^test\/(?:e2e|endurance)\/.*\.test\.ts$/)
      expect({code, isExpected: readFileSync(path.join(root, file), 'utf8').includes(code)}).toEqual({
        ...{code, isExpected: true},
      })
    }
  })
})

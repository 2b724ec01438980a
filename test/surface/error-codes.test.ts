import {readFile} from 'node:fs/promises'

import {describe, expect, it} from '@jest/globals'

import {errorsPage} from '../../scripts/errors-page.js'
import {errorGroups} from '../../src/model/error-groups.js'
import {ERROR_TABLE} from '../../src/model/error-table.js'

const groups = errorGroups()
const entries = groups.flatMap(({errors}) => errors)

/** How many sentences a text has; a point between two digits, or after a letter that stands alone, ends none. */
const sentences = (text: string): number => text.split(/[.?!](?: (?=[A-Z`])|$)/).filter((part) => part !== '').length

describe('the error catalogue', () => {
  it('has every error once, each in a group of its own place (src/model/error-groups.ts)', () => {
    expect(entries.map(({code}) => code).sort()).toEqual(Object.keys(ERROR_TABLE).sort())
    expect(groups.map(({title}) => title)).not.toContain('Others')
  })

  it('says of each what it is, why, and what to do, in whole short sentences', () => {
    for (const {code, summary, cause, remedy} of entries) {
      expect({code, texts: [summary, cause, remedy]}).toEqual({
        code,
        texts: [summary, cause, remedy].map(() => expect.stringMatching(/^\S(?:(?! {2})[^\n])*\S\.$/)),
      })
      expect({code, sentences: sentences(summary)}).toEqual({code, sentences: 1})
      expect({code, isShort: sentences(remedy) <= 2 && remedy.length <= 260}).toEqual({code, isShort: true})
    }
  })

  it('gives nothing twice: what to do is no repetition of why', () => {
    for (const {code, cause, remedy} of entries) expect({code, remedy}).not.toEqual({code, remedy: cause})
  })

  it('is in docs/errors.md as `npm run docs` writes it', async () => {
    const page = await readFile(new URL('../../docs/errors.md', import.meta.url), 'utf8')
    expect(page).toBe(await errorsPage(groups))
    expect(page).toContain('\n### VN-HALF-DONE\n')
  })
})

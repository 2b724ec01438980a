import {describe, expect, it} from '@jest/globals'

import {errorGroups} from '../../../src/model/error-groups.js'
import {explainError} from '../../../src/services/explain.js'

const codeOf = (typed: string): string | undefined => explainError(typed).error?.code

function refusal(typed: string): unknown {
  try {
    return explainError(typed)
  } catch (error) {
    return error
  }
}

describe('explainError', () => {
  it.each(['VN-HALF-DONE', 'vn-half-done', 'half-done', 'HALF_DONE', 'vn half done', ' Half-Done '])(
    'knows the code %j',
    (typed) => {
      expect(codeOf(typed)).toBe('VN-HALF-DONE')
    },
  )

  it('takes a whole code for itself, also where it is part of another', () => {
    expect(codeOf('VN-NFS-AUTH')).toBe('VN-NFS-AUTH')
    expect(codeOf('vn-nfs-auth-tooweak')).toBe('VN-NFS-AUTH-TOOWEAK')
  })

  it.each([
    ['tooweak', 'VN-NFS-AUTH-TOOWEAK'],
    ['not-online', 'VN-STORE-NOT-ONLINE'],
    ['online store', 'VN-STORE-NOT-ONLINE'],
  ])('takes %j for the only code that has it', (typed, code) => {
    expect(codeOf(typed)).toBe(code)
  })

  it('tells what the kind of an error means for the VCH, and the exit code', () => {
    expect(explainError('rolled-back').error).toMatchObject({
      code: 'VN-ROLLED-BACK',
      kind: 'rolled-back',
      exitCode: 6,
      meaning: 'The VCH was changed and is back as it was before.',
      remedy: expect.stringContaining('preflight'),
    })
  })

  it('lists the codes that have a part in common', () => {
    expect(refusal('secret-nfs-mnt')).toMatchObject({code: 'VN-USAGE', reason: 'None is like it.'})
    expect(refusal('registry')).toMatchObject({
      code: 'VN-USAGE',
      exitCode: 2,
      reason: expect.stringMatching(/^It may be one of \d+: .*VN-REGISTRY-DENIED/),
      tries: [expect.stringMatching(/^vicnfs explain VN-/), expect.stringMatching(/^vicnfs explain VN-/)],
    })
    expect(refusal('nfs')).toMatchObject({reason: expect.stringMatching(/, and \d+ more\.$/)})
  })

  it('names the nearest code for a slip of the keyboard', () => {
    expect(refusal('VN-HALF-DOEN')).toMatchObject({
      exitCode: 2,
      reason: 'The nearest one is VN-HALF-DONE.',
      tries: ['vicnfs explain VN-HALF-DONE'],
    })
  })

  it.each(['', '?!', 'vn', 'zzzzzz'])('knows nothing like %j', (typed) => {
    expect(refusal(typed)).toMatchObject({code: 'VN-USAGE', exitCode: 2})
  })

  it('gives the whole catalogue where nothing was typed', () => {
    expect(explainError(undefined)).toEqual({groups: errorGroups()})
  })
})

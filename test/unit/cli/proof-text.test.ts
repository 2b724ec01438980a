import {describe, expect, it} from '@jest/globals'

import {proofText} from '../../../src/cli/proof-text.js'

const check = (id: string, outcome: 'proven' | 'failed' | 'not-proven') => ({
  id,
  title: `title of ${id}`,
  outcome,
  detail: 'd',
})

describe('the text of a proof', () => {
  it('claims what is proven, and leaves the rest to the notes', () => {
    const text = proofText({
      ...{label: 'nfs', vch: 'vch1', aWrote: 'one', bRead: 'one', bWrote: 'two', aRead: 'two'},
      findings: ['Not proven here: this.'],
      evidence: [
        ...[check('volume', 'proven'), check('a-to-b', 'proven'), check('b-to-a', 'proven')],
        ...[check('checksum', 'proven'), check('mount', 'not-proven'), check('non-root', 'failed')],
      ],
    })
    expect(text.split('\n')).toEqual([
      'proven: containers share data through "nfs" on vch1',
      '  container A wrote "one", container B read "one"',
      '  container B wrote "two", container A read "two"',
      '  title of checksum',
      '  note: Not proven here: this.',
    ])
  })
})

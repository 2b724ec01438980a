import {describe, expect, it} from '@jest/globals'

import {planStores} from '../../../src/model/store-plan.js'
import {parseStoreArgument} from '../../../src/model/volume-store.js'

const kindOf = (existing: string, wanted: string): string | undefined =>
  planStores([parseStoreArgument(existing)], [parseStoreArgument(wanted)]).lines.at(-1)?.kind

describe('planStores', () => {
  const place = 'nfs://10.0.0.9/exports/data'

  it.each([
    ['?gid=0&uid=0', '?uid=0&gid=0'],
    ['', '?uid=1000&gid=1000'],
    ['?uid=7', '?uid=7&gid=7'],
    ['?uid=0&gid=0&proto=tcp', '?uid=0&gid=0'],
  ])('keeps a store of the same owner: %s and %s', (existing, wanted) => {
    expect(kindOf(`${place}${existing}:nfs`, `${place}${wanted}:nfs`)).toBe('keep')
  })

  it.each([
    ['', '?uid=0&gid=0'],
    ['?uid=0&gid=1', '?uid=0&gid=0'],
    ['?uid=-1', '?uid=0&gid=0'],
  ])('says that VIC ignores another owner: %s and %s', (existing, wanted) => {
    expect(kindOf(`${place}${existing}:nfs`, `${place}${wanted}:nfs`)).toBe('ignored')
  })

  it('refuses the same place under two labels, and a label that is taken', () => {
    expect(kindOf(`${place}:one`, `${place}:two`)).toBe('refused')
    expect(kindOf(`${place}:one`, 'nfs://10.0.0.9/exports/else:one')).toBe('refused')
  })
})

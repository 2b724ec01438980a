import {describe, expect, it} from '@jest/globals'

import {wayOutOf} from '../../../../src/services/registration/recovery-steps.js'

const consents = {
  allowSelfHosted: false,
  addressReserved: false,
  adoptStore: false,
  resetProgress: false,
  noRollback: false,
}
const place = {host: '10.0.0.9', path: '/exports/v/team-a', uid: 0, gid: 0}

describe('the way out', () => {
  it('registers the directory of the share again, not its root', () => {
    const root = {...place, path: '/exports/v'}
    const wish = {label: 'team-a', place, directory: {name: 'team-a', root}}
    const asked = {consents, selfHosted: false}
    const ofShare = wayOutOf({...wish, share: 'v'}, asked)
    expect(ofShare.again).toBe('vicnfs register-store team-a --share v --directory team-a --reset-progress --yes')
    const byUrl = wayOutOf(wish, asked)
    expect(byUrl.again).toBe(
      "vicnfs register-store team-a --url 'nfs://10.0.0.9/exports/v?uid=0&gid=0' --directory team-a --reset-progress --yes",
    )
  })
})

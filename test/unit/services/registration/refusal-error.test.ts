import {describe, expect, it} from '@jest/globals'

import type {ConsumerVch} from '../../../../src/services/registration/identify-consumer.js'
import {refusalError} from '../../../../src/services/registration/refusal-error.js'
import {fakeWorld} from '../fake-adapters.js'

const vch: ConsumerVch = fakeWorld({stores: [], online: []}).vch
const AGAIN = 'vicnfs register-store nfs --url U --reset-progress --yes'

function refused(code: string) {
  const refusal = {code, message: 'vic-machine refused.', reason: 'Its reason.'}
  const end = {claim: 'refused', errorLines: ['a line'], twoSnapshots: false, offlineLabels: []} as const
  return refusalError(vch, {...end, refusal}, AGAIN)
}

describe('the way out of a refusal', () => {
  it('is --reset-progress for a mark that was left behind, a new password for a stale operations user, more time', () => {
    expect(refused('VN-VICMACHINE-IN-PROGRESS')).toMatchObject({exitCode: 3, reason: 'Its reason.', tries: [AGAIN]})
    expect(refused('VN-VICMACHINE-OPS-USER')).toMatchObject({
      reason: expect.stringContaining('new password'),
      tries: ['vic-machine-linux configure --id vm-1 --ops-user OPS-USER'],
    })
    expect(refused('VN-VICMACHINE-TIMEOUT-AT-ONCE').tries).toEqual([`${AGAIN} --vic-machine-timeout 30m`])
    expect(refused('VN-VICMACHINE-UPGRADE-FIRST').tries).toEqual([])
  })

  it('is what vic-machine said where nothing is known of it', () => {
    expect(refused('VN-NEVER-HEARD')).toMatchObject({code: 'VN-CONFIGURE-REFUSED', reason: 'a line'})
  })
})

import {describe, expect, it} from '@jest/globals'

import {VicnfsError} from '../../../../src/model/vicnfs-error.js'
import {onceBegun} from '../../../../src/services/registration/half-done.js'

const vch = {name: 'vch1'}

describe('once a change has begun', () => {
  it('an error whose code says that nothing happened becomes a half-done VCH with its cause and a way out', async () => {
    const refused = new VicnfsError('VN-VICMACHINE-LOGIN', 'The login was refused.', {tries: ['check the password']})
    const ending = onceBegun(vch, {again: 'vicnfs again', body: () => Promise.reject(refused)})
    await expect(ending).rejects.toMatchObject({
      code: 'VN-HALF-DONE',
      exitCode: 8,
      cause: refused,
      reason: expect.stringContaining('The login was refused.'),
      recovery: expect.arrayContaining(['Run: check the password', 'Then run: vicnfs again']),
    })
    await expect(onceBegun(vch, {body: () => Promise.reject(new Error('odd'))})).rejects.toMatchObject({exitCode: 8})
  })

  it.each(['VN-CHANGE-RUNNING', 'VN-INTERRUPTED', 'VN-ROLLED-BACK', 'VN-STORE-NOT-ONLINE'] as const)(
    '%s stays as it is',
    async (code) => {
      const error = new VicnfsError(code, 'It says how the VCH was left.')
      await expect(onceBegun(vch, {body: () => Promise.reject(error)})).rejects.toBe(error)
    },
  )
})

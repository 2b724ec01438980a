import {describe, expect, it} from '@jest/globals'

import {VicnfsError} from '../../../../src/model/vicnfs-error.js'
import type {VicMachineAccess} from '../../../../src/services/adapters.js'
import {withCandidates} from '../../../../src/services/registration/which-vch.js'
import type {VchRow, VchSelector} from '../../../../src/vic-machine/vic-machine-api.js'

const row = (id: string, name: string): VchRow => ({id, name, path: `/dc/${id}`, version: 'v1.3.1', upgradeStatus: ''})
const ambiguous = new VicnfsError('VN-VICMACHINE-COMPUTE-RESOURCE', 'There is more than one cluster.')
const unknown = new VicnfsError('VN-VICMACHINE-VCH-UNKNOWN', 'There is no such VCH.')

function told(error: unknown, selector: VchSelector, rows: readonly VchRow[]): Promise<unknown> {
  const access = {program: {list: () => Promise.resolve(rows)}, selector} as unknown as VicMachineAccess
  return withCandidates(error, access, {signal: new AbortController().signal})
}

describe('a VCH that vic-machine did not single out', () => {
  it('is one of several of that name: each by its id', async () => {
    const rows = [row('vm-1', 'twin'), row('vm-2', 'twin'), row('vm-3', 'else')]
    expect(await told(ambiguous, {name: 'twin'}, rows)).toMatchObject({
      code: 'VN-VICMACHINE-COMPUTE-RESOURCE',
      message: ambiguous.message,
      reason: '2 VCHs are named "twin": "twin" (vm-1, /dc/vm-1), "twin" (vm-2, /dc/vm-2).',
      tries: ['export VICNFS_VCH_ID=vm-1', 'export VICNFS_VCH_ID=vm-2'],
    })
  })

  it('is the only one of that name, in a compute resource that was not given, or wrong', async () => {
    const rows = [row('vm-1', 'one'), row('vm-3', 'else')]
    const error = await told(ambiguous, {name: 'one', computeResource: 'wrong'}, rows)
    expect(error).toMatchObject({reason: expect.stringContaining('"one" (vm-1'), tries: ['export VICNFS_VCH_ID=vm-1']})
  })

  it('is not there: those that are, by name or by id as it was asked for', async () => {
    const rows = [row('vm-1', 'my vch')]
    expect(await told(unknown, {name: 'none'}, rows)).toMatchObject({tries: ["export 'VICNFS_VCH=my vch'"]})
    expect(await told(unknown, {id: 'vm-9'}, rows)).toMatchObject({tries: ['export VICNFS_VCH_ID=vm-1']})
  })

  it('is another matter otherwise', async () => {
    const login = new VicnfsError('VN-VICMACHINE-LOGIN', 'The login was refused.')
    expect(await told(login, {name: 'one'}, [row('vm-1', 'one')])).toBe(login)
    expect(await told(unknown, {name: 'one'}, [])).toBe(unknown)
  })
})

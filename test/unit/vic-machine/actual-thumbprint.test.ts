import {afterEach, describe, expect, it} from '@jest/globals'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {createVicMachine} from '../../../src/vic-machine/vic-machine.js'
import {fakeVicMachine, type FakeVicMachine} from './fake-vic-machine.js'

const ACTUAL = '22:57:18:CC:99:86:58:B6:C2:B9:76:0D:57:FF:43:31:5D:F1:17:4C'
const line = (text: string): string => `time="2026-11-23T16:19:28Z" level=error msg=${JSON.stringify(text)} `

let fake: FakeVicMachine | undefined
afterEach(() => fake?.remove())

/** A vCenter whose certificate has the thumbprint ACTUAL, or that does not answer a second time. */
async function refused(given: string, second = `Failed to verify certificate for target=vc (thumbprint=${ACTUAL})`) {
  const mismatch = `List cannot continue - failed to create validator: Post https://vc/sdk: Host "vc:443" thumbprint does not match "${given}"`
  fake = await fakeVicMachine(`echo "[$VIC_MACHINE_THUMBPRINT] [$VIC_MACHINE_PASSWORD]" >> "$(dirname "$0")/calls"
if [ -n "$VIC_MACHINE_THUMBPRINT" ]; then echo '${line(mismatch)}'; else echo '${line(second)}'; fi
exit 1`)
  const error: unknown = await createVicMachine({...fake.settings, thumbprint: given})
    .list()
    .catch((reason: unknown) => reason)
  return {error, calls: readFileSync(join(fake.root, 'calls'), 'utf8').trim().split('\n')}
}

describe('a thumbprint that does not match', () => {
  it('is an error that shows the right one, asked for without the password', async () => {
    const {error, calls} = await refused('00:11')
    expect(error).toMatchObject({
      code: 'VN-VICMACHINE-THUMBPRINT-WRONG',
      exitCode: 3,
      message: expect.stringContaining(`00:11, but ${ACTUAL}.`),
      reason: expect.stringContaining('somebody stands between'),
      tries: [`export VIC_MACHINE_THUMBPRINT=${ACTUAL}`],
    })
    expect(calls[1]).toBe('[] []')
  })

  it('in lower case is told to be the same in upper case', async () => {
    const {error} = await refused(ACTUAL.toLowerCase())
    expect(error).toMatchObject({reason: expect.stringContaining('upper case')})
  })

  it('stays the error that it is where vic-machine does not say the right one', async () => {
    const {error} = await refused('00:11', 'Failed to log in to vc: ServerFaultCode: Login failure')
    expect(error).toMatchObject({code: 'VN-VICMACHINE-THUMBPRINT-WRONG', tries: [expect.stringContaining('openssl')]})
  })
})

import {describe, expect, it} from '@jest/globals'
import {callStandIn} from './call-stand-in.js'
import {fakeWorld} from './fake-vcenter.js'

describe('help of the stand-in', () => {
  it('names the sandbox, its commands and its version', async () => {
    const {stdout, exitCode} = await callStandIn(fakeWorld([]), [])
    expect(exitCode).toBe(0)
    expect(stdout).toContain('sandbox')
    expect(stdout).toContain('VERSION:\n   v1.5.8-10000-2c978fe\n')
  })

  it('says that it does not emulate create', async () => {
    expect(await callStandIn(fakeWorld([]), ['create'])).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringContaining('sandbox'),
    })
  })
})

import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'
import {startVch, type TestVch} from './test-vch.js'

describe('a request whose URL is not well-formed', () => {
  let vch: TestVch
  beforeAll(async () => void (vch = await startVch()))
  afterAll(() => vch.close())

  it.each([
    ['/containers/%zz/json', 400],
    ['/volumes/%E0%A4%A', 400],
    ['http://[x/info', 400],
    ['//', 404],
    ['//:x/info', 404],
    ['//x/info', 404],
  ])('%s is answered with %i, and the VCH lives on', async (location, status) => {
    expect((await vch.request('GET', location)).status).toBe(status)
    expect((await vch.request('GET', '/_ping')).status).toBe(200)
  })
})

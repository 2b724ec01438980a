import {mkdir, mkdtemp, rm, symlink, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {describe, expect, it} from '@jest/globals'
import {sameEndpoint} from '../../../src/vch/endpoint/same-endpoint.js'

const NAMES: Readonly<Record<string, readonly string[]>> = {
  'vch.example.com': ['10.0.0.5', 'fd00::5'],
  'alias.example.com': ['10.0.0.5'],
  'other.example.com': ['10.0.0.6'],
  '10.0.0.5': ['10.0.0.5'],
  'mapped.example.com': ['::ffff:10.0.0.5'],
}

const signal = new AbortController().signal
const lookup = async (host: string): Promise<readonly string[]> => {
  const found = NAMES[host]
  if (found === undefined) throw new Error(`ENOTFOUND ${host}`)
  return found
}
const same = (one: string, other: string) => sameEndpoint(one, other, {lookup, signal})

describe('sameEndpoint', () => {
  it.each([
    ['https://10.0.0.5:2376', '10.0.0.5:2376', true],
    ['https://vch.example.com:2376', '10.0.0.5:2376', true],
    ['vch.example.com:2376', 'tcp://alias.example.com:2376', true],
    ['VCH.example.com:2376', 'vch.EXAMPLE.com:2376', true],
    ['mapped.example.com:1', '10.0.0.5:1', true],
    ['unknown.example.com:1', 'unknown.example.com:1', true],
    ['vch.example.com', 'https://10.0.0.5:2376', true],
    ['https://vch.example.com:2376', 'vch.example.com:2375', false],
    ['vch.example.com:2376', 'other.example.com:2376', false],
    ['unknown.example.com:1', 'vch.example.com:1', false],
    ['unknown.example.com:1', 'stranger.example.com:1', false],
    ['http://vch.example.com', 'https://vch.example.com', false],
    ['unix:///a', 'tcp://10.0.0.5:2376', false],
  ])('%s and %s: %s', async (one, other, expected) => {
    expect(await same(one, other)).toBe(expected)
    expect(await same(other, one)).toBe(expected)
  })

  it('resolves names of this machine by default', async () => {
    expect(await sameEndpoint('localhost:7', '127.0.0.1:7', {signal})).toBe(true)
  })

  it('follows symbolic links of unix sockets, also while the socket is gone', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'vicnfs-same-'))
    try {
      await mkdir(path.join(folder, 'real'))
      await symlink('real', path.join(folder, 'link'))
      const real = `unix://${folder}/real/v.sock`
      expect(await same(real, `unix://${folder}/link/v.sock`)).toBe(true)
      expect(await same(real, `unix://${folder}/link/w.sock`)).toBe(false)
      await writeFile(path.join(folder, 'real', 'v.sock'), '')
      await symlink(path.join(folder, 'real', 'v.sock'), path.join(folder, 'x.sock'))
      expect(await same(real, `unix://${folder}/x.sock`)).toBe(true)
      expect(await same(`unix://${folder}/gone/a`, `unix://${folder}/gone/../gone/a`)).toBe(true)
    } finally {
      await rm(folder, {recursive: true})
    }
  })

  it('ends when aborted while a name is looked up', async () => {
    const control = new AbortController()
    const never = (): Promise<readonly string[]> => {
      control.abort(new Error('enough'))
      return new Promise(() => undefined)
    }
    await expect(sameEndpoint('a:1', 'b:1', {lookup: never, signal: control.signal})).rejects.toThrow('enough')
    await expect(sameEndpoint('a:1', 'b:1', {lookup, signal: control.signal})).rejects.toThrow('enough')
  })
})

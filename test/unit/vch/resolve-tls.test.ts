import {chmod, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {resolveEndpoint, type EndpointSettings} from '../../../src/vch/endpoint/resolve-endpoint.js'

let home: string
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'vicnfs-home-'))
  for (const name of ['ca', 'cert', 'key']) await writeFile(path.join(home, `${name}.pem`), name, {mode: 0o600})
})
afterEach(() => rm(home, {recursive: true}))

const warnings: string[] = []

function resolve(settings: EndpointSettings, environment: Record<string, string> = {}) {
  warnings.length = 0
  const {signal} = new AbortController()
  return resolveEndpoint(settings, environment, {
    homeDirectory: '/nonexistent',
    signal,
    onWarning: (text) => warnings.push(text),
  })
}

describe('DOCKER_TLS', () => {
  it('is TLS without a check, as for docker', async () => {
    expect(await resolve({host: 'h:1234'}, {DOCKER_TLS: '1'})).toMatchObject({protocol: 'https', verify: false})
    expect(await resolve({host: 'h:1234'}, {DOCKER_TLS: ''})).toMatchObject({protocol: 'http'})
  })

  it.each([
    ['DOCKER_TLS_VERIFY', {host: 'h:1234'}, {DOCKER_TLS: '1', DOCKER_TLS_VERIFY: '1'}],
    ['a wish for it', {host: 'h:1234', tlsVerify: true}, {DOCKER_TLS: '1'}],
  ])('gives way to %s', async (_, settings, environment: Record<string, string>) => {
    expect(await resolve(settings, environment)).toMatchObject({protocol: 'https', verify: true})
  })
})

describe('a certificate that is not checked', () => {
  it.each([
    [{host: 'h:1234'}, {DOCKER_TLS: '1'}, 'DOCKER_TLS without DOCKER_TLS_VERIFY says so'],
    [{host: 'h:1234', tlsVerify: false}, {DOCKER_TLS_VERIFY: '1'}, '--no-tlsverify, --consumer-no-tlsverify'],
  ])('is told of with its reason', async (settings, environment: Record<string, string>, reason) => {
    await resolve(settings, environment)
    expect(warnings).toEqual([expect.stringContaining(`The certificate of https://h:1234 is not checked: ${reason}`)])
  })

  it('is not told of where it is checked, or where there is none', async () => {
    await resolve({host: 'h:1234'}, {DOCKER_TLS: '1', DOCKER_TLS_VERIFY: '1'})
    expect(warnings).toEqual([])
    await resolve({host: 'h:2375', tlsVerify: false})
    expect(warnings).toEqual([])
  })
})

describe('a certificate folder', () => {
  it('is remembered for messages', async () => {
    expect(await resolve({host: 'h', certPath: home})).toMatchObject({tlsFolder: home})
    expect(await resolve({host: 'h:2376'})).not.toHaveProperty('tlsFolder')
  })

  it.each([
    [0o600, []],
    [0o400, []],
    [0o640, [/key\.pem \(mode 640\)/]],
    [0o604, [/key\.pem \(mode 604\)/]],
  ])('warns of a private key of mode %o if others may read it', async (mode, said) => {
    await chmod(path.join(home, 'key.pem'), mode)
    await resolve({host: 'h', certPath: home})
    expect(warnings).toEqual(said.map((pattern) => expect.stringMatching(pattern)))
  })
})

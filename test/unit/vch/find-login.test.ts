import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {existsSync} from 'node:fs'
import {chmod, mkdir, readFile, rm, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {inspect} from 'node:util'

import {askCredentialHelper} from '../../../src/vch/registry/credential-helper.js'
import {findLogin} from '../../../src/vch/registry/find-login.js'
import type {RegistryLogin} from '../../../src/vch/registry/registry-login.js'
import {makeTempDirectory} from '../../helpers/temp-directory.js'
import {lives, until} from '../vic-machine/fake-vic-machine.js'

const SECRET = 'marker-pa55:word'
const auth = Buffer.from(`robot:${SECRET}`).toString('base64')

let home: string

beforeEach(async () => void (home = await makeTempDirectory()))
afterEach(() => rm(home, {recursive: true}))

const environment = () => ({PATH: `${home}:/usr/bin:/bin`})
const find = (registry: string, more: Readonly<Record<string, string>> = {}) =>
  findLogin(registry, {homeDirectory: home, environment: {...environment(), ...more}})

async function configure(config: unknown, folder = '.docker'): Promise<void> {
  await mkdir(path.join(home, folder), {recursive: true})
  const text = typeof config === 'string' ? config : JSON.stringify(config)
  await writeFile(path.join(home, folder, 'config.json'), text)
}

/** A credential helper that keeps what it was started with. */
async function helper(name: string, ending: string): Promise<() => Promise<string>> {
  const [file, seen] = [path.join(home, `docker-credential-${name}`), path.join(home, `${name}.seen`)]
  await writeFile(
    file,
    `#!/bin/sh\nprintf '%s|%s|%s' "$*" "$(cat)" "\${VIC_MACHINE_PASSWORD-unset}" > ${seen}\n${ending}\n`,
  )
  await chmod(file, 0o755)
  return () => readFile(seen, 'utf8')
}

const sent = ({header}: RegistryLogin): unknown => JSON.parse(Buffer.from(header, 'base64url').toString()) as unknown
const robotAt = (serveraddress: string) => ({username: 'robot', password: SECRET, serveraddress})

describe("docker's config.json", () => {
  it.each([
    ['registry.example.com', 'registry.example.com'],
    ['https://registry.example.com/v2/', 'registry.example.com'],
    ['registry:5000', 'registry:5000'],
    ['https://index.docker.io/v1/', 'docker.io'],
    ['docker.io', 'docker.io'],
  ])('has under %s the login for %s', async (key, registry) => {
    await configure({auths: {'other.example.com': {auth: 'eDp5'}, [key]: {auth}}})
    const login = await find(registry)
    expect(sent(login)).toEqual(robotAt(registry === 'docker.io' ? 'https://index.docker.io/v1/' : registry))
    expect(login).toMatchObject({username: 'robot', origin: path.join(home, '.docker/config.json')})
  })

  it.each([
    [{auth: Buffer.from('robot:').toString('base64'), identitytoken: 'tok'}, {identitytoken: 'tok'}],
    [{registrytoken: 'tok'}, {registrytoken: 'tok'}],
    [
      {username: 'robot', password: SECRET},
      {username: 'robot', password: SECRET},
    ],
  ])('may hold %j', async (entry, parts) => {
    await configure({auths: {'r.example.com': entry}})
    expect(sent(await find('r.example.com'))).toEqual({...parts, serveraddress: 'r.example.com'})
  })

  it('is looked for where DOCKER_CONFIG says', async () => {
    await configure({auths: {'r.example.com': {auth}}}, 'elsewhere')
    expect(await find('r.example.com')).toMatchObject({origin: 'no login'})
    const there = await find('r.example.com', {DOCKER_CONFIG: path.join(home, 'elsewhere')})
    expect(sent(there)).toEqual(robotAt('r.example.com'))
  })

  it('need not be there, nor know the registry: then nothing is sent', async () => {
    expect(sent(await find('r.example.com'))).toEqual({})
    await configure({auths: {'r.example.com:5000': {auth}, 'r.example.com': {}}})
    expect(sent(await find('r.example.com'))).toEqual({})
  })

  it.each([
    ['no JSON', `{"auths": {"r.example.com": {"password": "${SECRET}"`],
    ['no object', `"${SECRET}"`],
    ['no user', {auths: {'r.example.com': {auth: Buffer.from(SECRET.replace(':', '')).toString('base64')}}}],
  ])('with %s is an error that does not quote it', async (_, config) => {
    await configure(config)
    const error = await find('r.example.com').catch((caught: unknown) => caught)
    expect(error).toMatchObject({code: 'VN-REGISTRY-LOGIN-BAD'})
    expect(inspect(error, {depth: null, showHidden: true})).not.toContain(SECRET.slice(0, 8))
  })
})

describe('a credential helper', () => {
  const answer = (username: string) => `printf '{"ServerURL":"x","Username":"${username}","Secret":"${SECRET}"}'`

  it('of the registry comes before the store, and hears the registry on stdin only', async () => {
    const seen = await helper('team', answer('robot'))
    await helper('store', answer('somebody'))
    await configure({credsStore: 'store', credHelpers: {'r.example.com': 'team'}, auths: {'r.example.com': {}}})
    const login = await find('r.example.com', {VIC_MACHINE_PASSWORD: 'of vSphere'})
    expect(sent(login)).toEqual(robotAt('r.example.com'))
    expect(login.origin).toBe('docker-credential-team')
    expect(await seen()).toBe('get|r.example.com|unset')
  })

  it('is asked for Docker Hub by its URL of old', async () => {
    const seen = await helper('store', answer('robot'))
    await configure({credsStore: 'store'})
    expect(sent(await find('docker.io'))).toEqual(robotAt('https://index.docker.io/v1/'))
    expect(await seen()).toBe('get|https://index.docker.io/v1/|unset')
  })

  it('may have an identity token', async () => {
    await helper('store', answer('<token>'))
    await configure({credsStore: 'store'})
    expect(sent(await find('r.example.com'))).toEqual({identitytoken: SECRET, serveraddress: 'r.example.com'})
  })

  it('that knows no login leaves it to config.json', async () => {
    await helper('store', 'echo "credentials not found in native keychain"; exit 1')
    await configure({credsStore: 'store', auths: {'r.example.com': {auth}}})
    expect(sent(await find('r.example.com'))).toEqual(robotAt('r.example.com'))
  })

  it.each([
    ['fails', `${answer('robot')}; exit 3`, 'exit code 3'],
    ['talks', `echo ${SECRET}`, 'did not answer with a login'],
    ['is not there', undefined, 'cannot be started (ENOENT)'],
  ])('that %s is an error without what it said', async (_, ending, words) => {
    if (ending !== undefined) await helper('store', ending)
    await configure({credsStore: 'store'})
    const error = await find('r.example.com').catch((caught: unknown) => caught)
    expect(error).toMatchObject({code: 'VN-REGISTRY-LOGIN-BAD', message: expect.stringContaining(words)})
    expect(inspect(error, {depth: null, showHidden: true})).not.toContain(SECRET)
  })

  it('that does not answer is an error, too', async () => {
    await helper('store', 'exec sleep 60')
    const options = {environment: environment(), timeoutMs: 1}
    await expect(askCredentialHelper('store', 'r.example.com', options)).rejects.toMatchObject({
      code: 'VN-REGISTRY-LOGIN-BAD',
      message: expect.stringMatching(/did not answer within 1\b/),
    })
  })

  it('cannot be any program', async () => {
    await configure({credsStore: '../../bin/x'})
    await expect(find('r.example.com')).rejects.toMatchObject({code: 'VN-REGISTRY-LOGIN-BAD'})
  })

  it('is ended when the work is told to stop', async () => {
    const pidFile = path.join(home, 'pid')
    await helper('store', `echo $$ > ${pidFile}.new; mv ${pidFile}.new ${pidFile}; exec sleep 60`)
    await configure({credsStore: 'store'})
    const control = new AbortController()
    const reason = new Error('enough')
    const found = findLogin('r.example.com', {homeDirectory: home, environment: environment(), signal: control.signal})
    const outcome = found.catch((error: unknown) => error)
    await until(() => existsSync(pidFile))
    control.abort(reason)
    expect(await outcome).toBe(reason)
    const pid = Number(await readFile(pidFile, 'utf8'))
    await until(() => !lives(pid))
  })
})

describe('a login', () => {
  it('is shown by nothing that prints objects', async () => {
    await configure({auths: {'r.example.com': {auth}}})
    const login = await find('r.example.com')
    for (const shown of [inspect(login), JSON.stringify(login), inspect({login}, {depth: null})]) {
      expect(shown).not.toContain(SECRET)
      expect(shown).not.toContain(login.header)
    }
    expect(login.secrets).toEqual([SECRET, login.header])
  })
})

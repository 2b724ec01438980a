import {createHash} from 'node:crypto'
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises'
import net from 'node:net'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {format, inspect} from 'node:util'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {resolveEndpoint, type EndpointSettings} from '../../../src/vch/endpoint/resolve-endpoint.js'

let home: string
let certs: string
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'vicnfs-home-'))
  certs = path.join(home, 'certs')
  await writePems(certs)
})
afterEach(() => rm(home, {recursive: true}))

async function writePems(folder: string, names: readonly string[] = ['ca', 'cert', 'key']): Promise<void> {
  await mkdir(folder, {recursive: true})
  for (const name of names) await writeFile(path.join(folder, `${name}.pem`), `secret ${name} of ${folder}`)
}

function resolve(settings: EndpointSettings, environment: Record<string, string> = {}) {
  const signal = new AbortController().signal
  return resolveEndpoint(settings, environment, {
    homeDirectory: home,
    signal,
    systemSocket: path.join(home, 'none.sock'),
  })
}

async function writeContext(name: string, docker: unknown, pems: readonly string[] = []): Promise<void> {
  const id = createHash('sha256').update(name).digest('hex')
  const meta = path.join(home, '.docker', 'contexts', 'meta', id)
  await mkdir(meta, {recursive: true})
  await writeFile(path.join(meta, 'meta.json'), JSON.stringify({Name: name, Metadata: {}, Endpoints: {docker}}))
  if (pems.length > 0) await writePems(path.join(home, '.docker', 'contexts', 'tls', id, 'docker'), pems)
}

describe('where the Docker API is', () => {
  it('prefers --host to everything, and says so', async () => {
    expect(await resolve({host: 'tcp://flag:1'}, {DOCKER_HOST: 'tcp://env:2', DOCKER_CONTEXT: 'c'})).toMatchObject({
      protocol: 'http',
      host: 'flag',
      port: 1,
      socketPath: '',
      verify: true,
      origin: '--host',
      text: 'tcp://flag:1',
    })
  })

  it('prefers --context to DOCKER_HOST', async () => {
    await writeContext('vch', {Host: 'tcp://ctx:2375', SkipTLSVerify: false})
    expect(await resolve({context: 'vch'}, {DOCKER_HOST: 'tcp://env:2'})).toMatchObject({
      text: 'tcp://ctx:2375',
      origin: 'docker context "vch"',
    })
  })

  it('then takes DOCKER_HOST, DOCKER_CONTEXT, and the context that docker itself would use', async () => {
    await writeContext('one', {Host: 'tcp://one:1'})
    await writeContext('two', {Host: 'tcp://two:2'})
    await writeFile(path.join(home, '.docker', 'config.json'), JSON.stringify({currentContext: 'two'}))
    expect((await resolve({}, {DOCKER_HOST: 'tcp://env:3', DOCKER_CONTEXT: 'one'})).text).toBe('tcp://env:3')
    expect((await resolve({}, {DOCKER_CONTEXT: 'one'})).text).toBe('tcp://one:1')
    expect((await resolve({})).text).toBe('tcp://two:2')
  })

  it('looks for contexts where DOCKER_CONFIG says', async () => {
    await writeContext('one', {Host: 'tcp://one:1'})
    const environment = {DOCKER_CONFIG: path.join(home, '.docker')}
    const options = {homeDirectory: '/nonexistent', signal: new AbortController().signal}
    expect((await resolveEndpoint({context: 'one'}, environment, options)).text).toBe('tcp://one:1')
  })

  it('uses the local socket only when there is one', async () => {
    await expect(resolve({})).rejects.toMatchObject({code: 'VN-VCH-NO-ENDPOINT', exitCode: 2})
    await expect(resolve({context: 'default'})).rejects.toMatchObject({code: 'VN-VCH-NO-ENDPOINT'})
    const server = net.createServer()
    await new Promise<void>((listening) => server.listen(path.join(home, 'none.sock'), listening))
    try {
      expect(await resolve({})).toMatchObject({
        protocol: 'unix',
        origin: expect.stringContaining('the local Docker socket'),
      })
    } finally {
      await new Promise((closed) => server.close(closed))
    }
  })

  it('takes a unix socket as it is, whatever TLS settings say', async () => {
    expect(await resolve({host: 'unix:///run/x.sock', certPath: certs}, {DOCKER_TLS_VERIFY: '1'})).toMatchObject({
      protocol: 'unix',
      host: '',
      port: 0,
      socketPath: '/run/x.sock',
      text: 'unix:///run/x.sock',
    })
  })

  it('refuses what it cannot use', async () => {
    await expect(resolve({host: 'a:1', context: 'b'})).rejects.toMatchObject({code: 'VN-SETTING-BAD'})
    await expect(resolve({context: 'nope'})).rejects.toMatchObject({code: 'VN-VCH-CONTEXT-MISSING', message: /"nope"/})
    await expect(resolve({}, {DOCKER_HOST: 'ssh://me@h'})).rejects.toMatchObject({code: 'VN-VCH-ENDPOINT-BAD'})
    await expect(resolve({}, {DOCKER_HOST: 'npipe:////./pipe/x'})).rejects.toMatchObject({code: 'VN-VCH-ENDPOINT-BAD'})
  })

  it('ends when aborted', async () => {
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(resolveEndpoint({}, {DOCKER_CONTEXT: 'x'}, {homeDirectory: home, signal})).rejects.toThrow('enough')
  })
})

describe('TLS', () => {
  it('reads VIC’s <vch>.env: a host without scheme, and a certificate folder', async () => {
    const endpoint = await resolve({}, {DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: certs, DOCKER_HOST: '10.0.0.5:2376'})
    expect(endpoint).toMatchObject({
      protocol: 'https',
      verify: true,
      text: 'https://10.0.0.5:2376',
      origin: 'DOCKER_HOST',
    })
    expect(String(endpoint.tls.key)).toContain('secret key')
    expect(String(endpoint.tls.ca)).toContain('secret ca')
  })

  it.each([
    ['port 2376', {host: 'h:2376'}, {}],
    ['a certificate folder', {host: 'h:1234', certPath: 'CERTS'}, {}],
    ['DOCKER_CERT_PATH', {host: 'h:1234'}, {DOCKER_CERT_PATH: 'CERTS'}],
    ['DOCKER_TLS_VERIFY=1', {host: 'h:1234'}, {DOCKER_TLS_VERIFY: '1'}],
    ['DOCKER_TLS_VERIFY=yes', {host: 'h:1234'}, {DOCKER_TLS_VERIFY: 'yes'}],
    ['DOCKER_TLS_VERIFY=0, as with docker', {host: 'h:1234'}, {DOCKER_TLS_VERIFY: '0'}],
    ['https://', {host: 'https://h:1234'}, {}],
    ['tlsVerify', {host: 'h:1234', tlsVerify: true}, {}],
  ])(
    'is on for %s, with the certificate checked',
    async (_, settings: EndpointSettings, environment: Record<string, string>) => {
      const here = <T extends object>(values: T): T =>
        Object.fromEntries(
          Object.entries(values).map(([name, value]) => [name, value === 'CERTS' ? certs : value]),
        ) as T
      expect(await resolve(here(settings), here(environment))).toMatchObject({protocol: 'https', verify: true})
    },
  )

  it('is off where nothing asks for it', async () => {
    expect(await resolve({host: 'h:2375'}, {DOCKER_TLS_VERIFY: ''})).toMatchObject({
      protocol: 'http',
      text: 'tcp://h:2375',
    })
    expect(await resolve({host: 'h', tlsVerify: false})).toMatchObject({protocol: 'http', port: 2375})
  })

  it('stays on without the check', async () => {
    expect(await resolve({host: 'h:2376', tlsVerify: false})).toMatchObject({protocol: 'https', verify: false})
    const settings = {host: 'h:2376', tlsVerify: false}
    expect(await resolve(settings, {DOCKER_TLS_VERIFY: '1'})).toMatchObject({protocol: 'https', verify: false})
  })

  it('chooses Docker’s TLS port where none is given', async () => {
    expect((await resolve({host: 'h', certPath: certs})).text).toBe('https://h:2376')
  })

  it.each(['http://h:2376', 'http://h:1'])('refuses %s together with a wish for TLS', async (host) => {
    await expect(resolve({host}, {DOCKER_TLS_VERIFY: '1'})).rejects.toMatchObject({code: 'VN-SETTING-BAD'})
  })

  it.each(['ca', 'cert', 'key'])('names a missing %s.pem', async (name) => {
    await rm(path.join(certs, `${name}.pem`))
    await expect(resolve({host: 'h', certPath: certs})).rejects.toMatchObject({
      code: 'VN-VCH-CERT-MISSING',
      details: {file: path.join(certs, `${name}.pem`)},
    })
  })

  it('needs no files for a check that is left out, and never half of a pair', async () => {
    await rm(path.join(certs, 'ca.pem'))
    expect(await resolve({host: 'h', certPath: certs, tlsVerify: false})).toMatchObject({protocol: 'https'})
    await rm(path.join(certs, 'cert.pem'))
    await expect(resolve({host: 'h', certPath: certs, tlsVerify: false})).rejects.toMatchObject({
      message: /no cert\.pem/,
    })
    await rm(path.join(certs, 'key.pem'))
    expect(await resolve({host: 'h', certPath: certs, tlsVerify: false})).toMatchObject({
      protocol: 'https',
      verify: false,
    })
  })

  it('takes the files of ~/.docker when no folder is named, as docker does', async () => {
    await writePems(path.join(home, '.docker'))
    expect(String((await resolve({host: 'h:2376'})).tls.ca)).toContain('.docker')
    expect((await resolve({host: 'h:2375'})).tls.ca).toBeUndefined()
  })

  it('takes a context’s own files, and is on when it has any', async () => {
    await writeContext('vch', {Host: 'tcp://ctx:12376', SkipTLSVerify: false}, ['ca', 'cert', 'key'])
    const endpoint = await resolve({context: 'vch'})
    expect(endpoint).toMatchObject({protocol: 'https', verify: true})
    expect(String(endpoint.tls.cert)).toContain('contexts')
  })

  it('leaves a context alone that the environment would change', async () => {
    await writeContext('vch', {Host: 'tcp://ctx:2375', SkipTLSVerify: false})
    const environment = {DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: certs}
    expect(await resolve({context: 'vch'}, environment)).toMatchObject({protocol: 'http'})
  })

  it('leaves the check out where the context says so', async () => {
    await writeContext('vch', {Host: 'tcp://ctx:2376', SkipTLSVerify: true})
    expect(await resolve({context: 'vch'})).toMatchObject({protocol: 'https', verify: false})
    expect(await resolve({context: 'vch', tlsVerify: true})).toMatchObject({verify: true})
  })
})

describe('an endpoint that is printed', () => {
  it('shows no key', async () => {
    const endpoint = await resolve({host: 'h', certPath: certs})
    const printed = [
      JSON.stringify(endpoint),
      inspect(endpoint, {depth: null, showHidden: true}),
      format('%s %o', endpoint, endpoint),
    ]
    const hex = Buffer.from('secret').toString('hex').replace(/../g, '$& ').trim()
    expect(printed.join('\n')).not.toMatch(/secret/)
    expect(printed.join('\n')).not.toContain(hex)
    expect(printed.join('\n')).not.toContain(Buffer.from('secret').join(','))
    expect(String(endpoint.tls.key)).toContain('secret key')
  })
})

import {execFile} from 'node:child_process'
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {promisify} from 'node:util'
import {afterAll, afterEach, beforeAll, describe, expect, it} from '@jest/globals'
import {connectVch} from '../../../src/vch/connect.js'
import {endpointOf, type Endpoint, type TlsMaterial} from '../../../src/vch/endpoint/endpoint.js'
import {makeAuthority, opensslVersion, type Authority, type Pair} from './made-certificates.js'
import {scriptedTcpServer, VCH_INFO, type TcpServer} from './scripted-server.js'

const openssl = opensslVersion()
// No openssl, no certificates: Node cannot make any.
const describeWithOpenssl = openssl === undefined ? describe.skip : describe

const PRINT_INFO = path.join(path.dirname(fileURLToPath(import.meta.url)), 'print-info.ts')

/** Asks for /info in a process of its own, with everything that docker-modem and debug print. */
async function printInfo(port: number, folder: string): Promise<{readonly stdout: string; readonly stderr: string}> {
  const args = ['--import', 'tsx', PRINT_INFO, `127.0.0.1:${port}`, folder]
  return promisify(execFile)(process.execPath, args, {env: {...process.env, DEBUG: 'modem', NODE_OPTIONS: ''}})
}

function tlsEndpoint(port: number, tls: TlsMaterial, verify = true): Endpoint {
  return endpointOf({kind: 'tcp', host: '127.0.0.1', port, tls: true}, 'a test', {tls, verify})
}

describeWithOpenssl('TLS by a real handshake', () => {
  let vch: Authority
  let stranger: Authority
  let server: Pair
  let client: Pair
  const running: TcpServer[] = []

  beforeAll(() => {
    vch = makeAuthority('vch')
    stranger = makeAuthority('stranger')
    server = vch.issue('server', {san: 'IP:127.0.0.1'})
    client = vch.issue('client')
  })
  afterAll(() => {
    vch.remove()
    stranger.remove()
  })
  afterEach(() => Promise.all(running.splice(0).map(({close}) => close())))

  async function listening(pair: Pair, clientCa?: Buffer): Promise<number> {
    const clients = clientCa === undefined ? {} : {ca: clientCa, requestCert: true, rejectUnauthorized: true}
    const started = await scriptedTcpServer(() => ({json: VCH_INFO}), {...pair, ...clients})
    running.push(started)
    return started.port
  }

  async function infoFrom(endpoint: Endpoint): Promise<unknown> {
    return (await connectVch(endpoint)).info().catch((error: unknown) => error)
  }

  it('is mutual, with the files that vic-machine makes', async () => {
    const port = await listening(server, vch.ca)
    expect(await infoFrom(tlsEndpoint(port, {ca: vch.ca, ...client}))).toMatchObject({kind: 'vch', name: 'vch-1'})
  })

  it('is not turned off, or led elsewhere, by the environment', async () => {
    const nonsense = {
      DOCKER_HOST: 'tcp://127.0.0.1:9',
      DOCKER_CERT_PATH: '/nonexistent',
      DOCKER_TLS_VERIFY: '',
      DOCKER_PATH_PREFIX: '/x',
    }
    const before = Object.fromEntries(Object.keys(nonsense).map((name) => [name, process.env[name]]))
    const port = await listening(server, vch.ca)
    Object.assign(process.env, nonsense)
    try {
      expect(await infoFrom(tlsEndpoint(port, {ca: vch.ca, ...client}))).toMatchObject({kind: 'vch'})
      expect(process.env).toMatchObject(nonsense)
    } finally {
      for (const [name, value] of Object.entries(before)) {
        if (value === undefined) Reflect.deleteProperty(process.env, name)
        else process.env[name] = value
      }
    }
    expect(running[0]?.seen.map(({url}) => url)).toEqual(['/v1.25/info'])
  })

  it('refuses a server of another authority, unless the check is left out', async () => {
    const port = await listening(server)
    expect(await infoFrom(tlsEndpoint(port, {ca: stranger.ca}))).toMatchObject({code: 'VN-VCH-CERT-UNTRUSTED'})
    expect(await infoFrom(tlsEndpoint(port, {}))).toMatchObject({code: 'VN-VCH-CERT-UNTRUSTED'})
    expect(await infoFrom(tlsEndpoint(port, {}, false))).toMatchObject({kind: 'vch'})
  })

  it('refuses a certificate for another address', async () => {
    const port = await listening(vch.issue('elsewhere', {san: 'IP:10.0.0.5'}))
    expect(await infoFrom(tlsEndpoint(port, {ca: vch.ca}))).toMatchObject({
      code: 'VN-VCH-CERT-UNTRUSTED',
      message: expect.stringContaining('another name or address'),
    })
  })

  it('says that a certificate is out of date', async () => {
    const port = await listening(vch.issue('old', {san: 'IP:127.0.0.1', days: -1}))
    expect(await infoFrom(tlsEndpoint(port, {ca: vch.ca}))).toMatchObject({code: 'VN-VCH-CERT-EXPIRED'})
  })

  it('says that the server wants a client certificate', async () => {
    const port = await listening(server, vch.ca)
    expect(await infoFrom(tlsEndpoint(port, {ca: vch.ca}))).toMatchObject({code: 'VN-VCH-CLIENT-CERT-REFUSED'})
  })

  it('refuses files that do not belong together', async () => {
    const endpoint = tlsEndpoint(1, {ca: vch.ca, cert: client.cert, key: server.key})
    await expect(connectVch(endpoint)).rejects.toMatchObject({code: 'VN-VCH-CERT-BAD'})
    await expect(
      connectVch(tlsEndpoint(1, {ca: Buffer.from('junk'), ...client, key: Buffer.from('junk')})),
    ).rejects.toMatchObject({code: 'VN-VCH-CERT-BAD'})
  })

  it('survives an administration page that redirects, which ends a process that follows it', async () => {
    const html = {status: 303, text: '<a href="/authentication">See Other</a>.', headers: {location: '/authentication'}}
    const started = await scriptedTcpServer(() => html, server)
    running.push(started)
    expect(await infoFrom(tlsEndpoint(started.port, {ca: vch.ca}))).toMatchObject({code: 'VN-VCH-NOT-DOCKER'})
    expect(started.seen).toHaveLength(1)
  })

  it('shows no private key under DEBUG=modem', async () => {
    const port = await listening(server, vch.ca)
    const folder = mkdtempSync(path.join(tmpdir(), 'vicnfs-debug-'))
    try {
      const files = {'ca.pem': vch.ca, 'cert.pem': client.cert, 'key.pem': client.key}
      for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder, name), content)
      const child = await printInfo(port, folder)
      expect(child.stdout).toBe('vch-1\n')
      expect(child.stderr).toContain('modem Sending')
      const firstLine = client.key.toString().split('\n')[1] ?? ''
      expect(firstLine.length).toBeGreaterThan(40)
      expect(child.stderr).not.toContain('PRIVATE KEY')
      expect(child.stderr).not.toContain(firstLine)
      const hex = client.key.subarray(0, 16).toString('hex').replace(/../g, '$& ').trim()
      expect(child.stderr).not.toContain(hex)
    } finally {
      rmSync(folder, {recursive: true})
    }
  })
})

import {execFile} from 'node:child_process'
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {promisify} from 'node:util'
import {afterEach, beforeAll, describe, expect, it} from '@jest/globals'
import {connectVch} from '../../../src/vch/connect.js'
import {endpointOf, type Endpoint, type TlsMaterial} from '../../../src/vch/endpoint/endpoint.js'
import {makeAuthority, type Authority, type Pair} from '../../helpers/made-certificates.js'
import {scriptedTcpServer, VCH_INFO, type TcpServer} from './scripted-server.js'

const PRINT_INFO = path.join(path.dirname(fileURLToPath(import.meta.url)), 'print-info.ts')

/** Asks for /info in a process of its own, with everything that docker-modem and debug print. */
async function printInfo(port: number, folder: string): Promise<{readonly stdout: string; readonly stderr: string}> {
  const args = ['--import', 'tsx', PRINT_INFO, `127.0.0.1:${port}`, folder]
  return promisify(execFile)(process.execPath, args, {env: {...process.env, DEBUG: 'modem', NODE_OPTIONS: ''}})
}

function tlsEndpoint(port: number, tls: TlsMaterial, verify = true): Endpoint {
  return endpointOf({kind: 'tcp', host: '127.0.0.1', port, tls: true}, 'a test', {tls, verify})
}

describe('TLS by a real handshake', () => {
  let vch: Authority
  let server: Pair
  let client: Pair
  const running: TcpServer[] = []

  beforeAll(async () => {
    vch = await makeAuthority('vch')
    server = await vch.issue('server', '127.0.0.1', {address: '127.0.0.1'})
    client = await vch.issue('client', 'client', {ownKey: true})
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

import https from 'node:https'
import net, {type AddressInfo, type Server} from 'node:net'
import {afterEach, beforeAll, describe, expect, it} from '@jest/globals'
import {probeDockerApi} from '../../../../src/sandbox/vic-machine/docker-probe.js'
import {LONG_AGO, makeAuthority, makeSelfSigned, type Authority, type Pair} from '../../../helpers/made-certificates.js'
import {callStandIn, messages} from './call-stand-in.js'
import {fakeVm, fakeWorld} from './fake-vcenter.js'

const HERE = '127.0.0.1'
const BAD_CERTIFICATE = 'Expected TLS error without access to client certificate, received error: tls: bad certificate'
const INFO = JSON.stringify({
  Driver: 'd',
  SystemStatus: [
    ['d', 'RUNNING'],
    ['VolumeStores', 'default'],
  ],
})

let authority: Authority
let stranger: Authority
let client: Pair
const running: Server[] = []

beforeAll(async () => {
  ;[authority, stranger] = await Promise.all([makeAuthority('vch1'), makeAuthority('other')])
  client = await authority.issue('client', 'client')
})
afterEach(() => Promise.all(running.splice(0).map((one) => new Promise((resolve) => one.close(resolve)))))

function listening(server: Server): Promise<number> {
  running.push(server)
  return new Promise((resolve) => server.listen(0, HERE, () => resolve((server.address() as AddressInfo).port)))
}

async function probe(server: Pair, clientAuthority?: Buffer): Promise<unknown> {
  const clients = clientAuthority && {ca: clientAuthority, requestCert: true, rejectUnauthorized: true}
  const port = await listening(https.createServer({...server, ...clients}, (_, response) => response.end(INFO)))
  const endpoint = {kind: 'tcp', host: HERE, port, tls: true} as const
  const asVicMachine = {
    ...endpoint,
    hostCertificate: server.cert.toString(),
    ...(clientAuthority && {clientAuthority: clientAuthority.toString()}),
  }
  return probeDockerApi(asVicMachine, {signal: new AbortController().signal})
}

const server = (difference: object = {}) => authority.issue('server', HERE, {address: HERE, ...difference})

describe('what configure makes of a Docker API with TLS', () => {
  it('is readiness, without a look at the stores, where client certificates are demanded', async () => {
    expect(await probe(await server(), authority.ca)).toEqual({kind: 'assumed', warning: BAD_CERTIFICATE})
    expect(await probe(await server({address: 'vch.example.com'}), authority.ca)).toEqual({
      kind: 'assumed',
      warning: `Server certificate hostname doesn't match: x509: cannot validate certificate for ${HERE} because it doesn't contain any IP SANs`,
    })
    expect(await probe(await server({address: '10.0.0.5'}), authority.ca)).toMatchObject({
      warning: expect.stringContaining(`x509: certificate is valid for 10.0.0.5, not ${HERE}`),
    })
    expect(await probe(await server(), stranger.ca)).toMatchObject({
      kind: 'assumed',
      warning: expect.stringContaining('(unknown CA): x509: certificate signed by unknown authority'),
    })
  })

  it('is a look at the stores where none are demanded', async () => {
    expect(await probe(await makeSelfSigned('vch1'))).toEqual({kind: 'ok', onlineStores: ['default'], running: true})
  })

  it('is a failure where the certificate is out of date, or no TLS is spoken', async () => {
    expect(await probe(await server(LONG_AGO), authority.ca)).toEqual({
      kind: 'broken',
      message: 'x509: certificate has expired or is not yet valid',
    })
    const port = await listening(
      net.createServer((socket) => socket.once('data', () => socket.end('HTTP/1.1 400 \r\n'))),
    )
    const {signal} = new AbortController()
    expect(await probeDockerApi({kind: 'tcp', host: HERE, port, tls: true}, {signal})).toMatchObject({kind: 'broken'})
  })
})

describe('inspect of a VCH that demands client certificates', () => {
  const world = () => {
    const clientAuthority = authority.ca.toString()
    return fakeWorld([fakeVm({endpoint: {kind: 'tcp', host: '192.0.2.51', port: 2376, tls: true, clientAuthority}})])
  }
  const inspected = async (files: Record<string, string>, ...words: string[]) => {
    const {stdout} = await callStandIn(world(), ['inspect', '--name', 'vch1', ...words], {operatorFiles: files})
    return messages(stdout).join('\n')
  }
  const filesIn = (folder: string, pair: Pair) => ({
    [`${folder}/cert.pem`]: pair.cert.toString(),
    [`${folder}/key.pem`]: pair.key.toString(),
  })

  it('names the folder of the client certificate that it finds', async () => {
    const found = await inspected(filesIn('vch1', client))
    expect(found).toContain(`DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=${process.cwd()}/vch1 DOCKER_HOST=192.0.2.51:2376 `)
    expect(found).toContain('docker -H 192.0.2.51:2376 --tlsverify info')
    expect(found).toContain('checking for certs in current directory, vch1/ and /home/operator/.docker/')
    expect(await inspected(filesIn('/home/operator/.docker', client))).toContain('DOCKER_CERT_PATH=')
    expect(await inspected(filesIn('mine', client), '--tls-cert-path', 'mine')).toContain(
      'only checking for certs in mine/',
    )
  })

  it('warns where it finds none that the VCH accepts', async () => {
    const strange = await stranger.issue('client', 'client')
    const old = await authority.issue('client', 'client', LONG_AGO)
    const otherKey = {cert: client.cert, key: (await authority.issue('client', 'client', {ownKey: true})).key}
    for (const pair of [strange, old, otherKey]) {
      const said = await inspected(filesIn('vch1', pair))
      expect(said).toContain('Unable to find valid client certs')
      expect(said).toContain('DOCKER_TLS_VERIFY=1 DOCKER_HOST=192.0.2.51:2376 COMPOSE_TLS_VERSION=TLSv1_2')
    }
  })
})

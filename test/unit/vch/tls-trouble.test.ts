import net, {type AddressInfo} from 'node:net'
import {X509Certificate} from 'node:crypto'
import {afterEach, beforeAll, describe, expect, it} from '@jest/globals'
import type {VicnfsError} from '../../../src/model/vicnfs-error.js'
import {connectVch} from '../../../src/vch/connect.js'
import {endpointOf, type Endpoint, type TlsMaterial} from '../../../src/vch/endpoint/endpoint.js'
import {isUnreachable} from '../../../src/vch/failures/is-unreachable.js'
import {
  FAR_AHEAD,
  LONG_AGO,
  makeAuthority,
  makeSelfSigned,
  type Authority,
  type Pair,
} from '../../helpers/made-certificates.js'
import {scriptedTcpServer, VCH_INFO} from './scripted-server.js'

const HERE = '127.0.0.1'

let vch: Authority
let stranger: Authority
let server: Pair
let client: Pair
const running: {close(): Promise<void>}[] = []

beforeAll(async () => {
  ;[vch, stranger] = await Promise.all([makeAuthority('vch'), makeAuthority('stranger')])
  server = await vch.issue('server', HERE, {address: HERE})
  client = await vch.issue('client', 'client', {ownKey: true})
})
afterEach(() => Promise.all(running.splice(0).map((one) => one.close())))

function endpoint(port: number, tls: TlsMaterial | undefined, {verify = true} = {}): Endpoint {
  const of = tls === undefined ? {} : {tls, tlsFolder: '/certs'}
  return endpointOf({kind: 'tcp', host: HERE, port, tls: tls !== undefined}, 'a test', {...of, verify})
}

/** What /info gives, or fails with; every failure says what to do and leaks no key. */
async function ask(place: Endpoint): Promise<unknown> {
  try {
    return await (await connectVch(place)).info()
  } catch (error) {
    const {message, reason, tries, details} = error as VicnfsError
    const said = JSON.stringify({message, reason, tries, details})
    for (const {key} of [client, server]) expect(said).not.toContain(key.toString().split('\n')[1])
    expect(tries.length).toBeLessThanOrEqual(2)
    expect(isUnreachable(error)).toBe(false)
    return error
  }
}

async function listening(pair: Pair | undefined, clientCa?: Buffer): Promise<number> {
  const clients = clientCa === undefined ? {} : {ca: clientCa, requestCert: true, rejectUnauthorized: true}
  const started = await scriptedTcpServer(() => ({json: VCH_INFO}), pair && {...pair, ...clients})
  running.push(started)
  return started.port
}

/** Answers the first words of a TLS client with a fatal alert, as a server of Go or OpenSSL does. */
async function alerting(description: number): Promise<number> {
  const plain = net.createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, description])))
  })
  await new Promise<void>((resolve) => plain.listen(0, HERE, resolve))
  running.push({close: () => new Promise((resolve) => plain.close(() => resolve()))})
  return (plain.address() as AddressInfo).port
}

describe("a server's certificate", () => {
  it.each([
    ['has expired', LONG_AGO, {code: 'VN-VCH-CERT-EXPIRED', exitCode: 1}],
    ['is not valid yet', FAR_AHEAD, {code: 'VN-VCH-CERT-NOT-YET', tries: ['date -u', expect.any(String)]}],
    [
      'is for another address',
      {address: '10.0.0.5'},
      {code: 'VN-VCH-CERT-NAME', reason: 'It was made for 10.0.0.5: use that.'},
    ],
    ['is for a name', {address: 'vch.example.com'}, {code: 'VN-VCH-CERT-NAME', reason: /made for vch\.example\.com/}],
    ['names nobody', {address: undefined}, {code: 'VN-VCH-CERT-NAME', reason: /no address at all/}],
  ])('that %s', async (_, difference: object, expected) => {
    const port = await listening(await vch.issue('server', 'any', {address: HERE, ...difference}))
    expect(await ask(endpoint(port, {ca: vch.ca, ...client}))).toMatchObject(expected)
    // The control: without the check, all of them pass.
    expect(await ask(endpoint(port, {}, {verify: false}))).toMatchObject({kind: 'vch'})
  })

  it('that another authority has issued, or itself, or with nothing to check it against', async () => {
    const [port, selfSigned] = [await listening(server), await listening(await makeSelfSigned('vch'))]
    expect(await ask(endpoint(port, {ca: stranger.ca}))).toMatchObject({
      code: 'VN-VCH-CERT-UNTRUSTED',
      reason: 'It was not issued by O=stranger, the authority in ca.pem.',
    })
    expect(await ask(endpoint(port, {}))).toMatchObject({code: 'VN-VCH-CERT-UNTRUSTED', reason: /There is no ca\.pem/})
    expect(await ask(endpoint(selfSigned, {ca: vch.ca}))).toMatchObject({
      code: 'VN-VCH-CERT-UNTRUSTED',
      reason: /--no-tlsverify leaves the check out \(.*: --consumer-no-tlsverify\)/,
    })
    expect(await ask(endpoint(selfSigned, {}, {verify: false}))).toMatchObject({kind: 'vch'})
  })
})

describe('our own certificate', () => {
  it('is missing where the server wants one', async () => {
    const port = await listening(server, vch.ca)
    expect(await ask(endpoint(port, {ca: vch.ca}))).toMatchObject({code: 'VN-VCH-CERT-WANTED'})
    expect(await ask(endpoint(port, {ca: vch.ca, ...client}))).toMatchObject({kind: 'vch'})
  })

  it.each([42, 43, 44, 45, 46, 48, 116])('is refused by alert %i', async (description) => {
    const port = await alerting(description)
    const old = await vch.issue('client', 'old', LONG_AGO)
    const early = await vch.issue('client', 'early', FAR_AHEAD)
    const refused = async (pair: Pair) => ask(endpoint(port, {ca: vch.ca, ...pair}))
    expect(await refused(client)).toMatchObject({
      code: 'VN-VCH-CLIENT-CERT-REFUSED',
      reason: /issued by O=vch,/,
      tries: ['openssl x509 -in /certs/cert.pem -noout -issuer -subject -dates'],
    })
    const {validTo} = new X509Certificate(old.cert)
    expect(await refused(old)).toMatchObject({reason: `Our cert.pem expired on ${validTo}.`})
    expect(await refused(early)).toMatchObject({reason: /^Our cert\.pem is not valid before Jan/})
    expect(await ask(endpoint(port, {ca: vch.ca}))).toMatchObject({code: 'VN-VCH-CERT-WANTED'})
  })

  it('has a key that does not fit, or files that are none', async () => {
    const files = {ca: vch.ca, ...client}
    const junk = Buffer.from('junk')
    expect(await ask(endpoint(1, {...files, key: server.key}))).toMatchObject({
      code: 'VN-VCH-CERT-KEY',
      exitCode: 2,
      message: '/certs/key.pem does not belong to the cert.pem beside it.',
    })
    for (const name of ['ca', 'cert', 'key']) {
      const failure = await ask(endpoint(1, {...files, [name]: junk}))
      expect(failure).toMatchObject({code: 'VN-VCH-CERT-BAD', message: expect.stringContaining(`/certs/${name}.pem`)})
    }
  })
})

describe('TLS spoken by one side only', () => {
  it('is said, with what to write instead', async () => {
    const [plain, goes] = [await listening(undefined), await alerting(10)]
    expect(await ask(endpoint(plain, {ca: vch.ca}))).toMatchObject({
      code: 'VN-VCH-TLS-MISMATCH',
      reason: expect.stringContaining(`http://${HERE}:${plain}`),
    })
    expect(await ask(endpoint(goes, undefined))).toMatchObject({
      code: 'VN-VCH-TLS-MISMATCH',
      reason: expect.stringContaining(`https://${HERE}:${goes}`),
    })
  })

  it('is not taken for a version of TLS that is not spoken here', async () => {
    expect(await ask(endpoint(await alerting(70), {ca: vch.ca}))).toMatchObject({code: 'VN-VCH-TLS-VERSION'})
  })
})

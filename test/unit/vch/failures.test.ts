import {mkdtemp, rm} from 'node:fs/promises'
import net, {type AddressInfo} from 'node:net'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {afterEach, describe, expect, it} from '@jest/globals'
import type {VicnfsError} from '../../../src/model/vicnfs-error.js'
import {connectVch} from '../../../src/vch/connect.js'
import {endpointOf} from '../../../src/vch/endpoint/endpoint.js'
import {readFailure} from '../../../src/vch/failures/api-failure.js'
import {connectionError} from '../../../src/vch/failures/connection-error.js'
import {isUnreachable} from '../../../src/vch/failures/is-unreachable.js'
import type {VchApi} from '../../../src/vch/vch-api.js'
import {refusingPort} from '../../helpers/refusing-port.js'
import {apiOf, closeServers, scriptedTcpServer, VCH_INFO, type Answer} from './scripted-server.js'

afterEach(closeServers)

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    (value) => ({unexpected: value}),
    (error: unknown) => error,
  )

function apiAt(port: number, tls = false): Promise<VchApi> {
  return connectVch(endpointOf({kind: 'tcp', host: '127.0.0.1', port, tls}, 'a test', {verify: true}))
}

/** What the API says while a server answers every connection with these bytes and hangs up. */
async function infoAgainst(bytes: Buffer | string, tls = false): Promise<unknown> {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => socket.end(bytes))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    return await failureOf((await apiAt((server.address() as AddressInfo).port, tls)).info())
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
}

describe('what a connection fails with', () => {
  it('is unreachable when it is refused', async () => {
    const failure = await failureOf((await apiAt(await refusingPort())).info())
    expect(failure).toMatchObject({code: 'VN-VCH-UNREACHABLE', exitCode: 1, details: {errno: 'ECONNREFUSED'}})
    expect((failure as VicnfsError).cause).toMatchObject({code: 'ECONNREFUSED'})
    expect(isUnreachable(failure)).toBe(true)
  })

  it('is unreachable when the socket does not exist', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'vicnfs-none-'))
    const endpoint = endpointOf({kind: 'unix', path: path.join(folder, 'none.sock')}, 'a test', {verify: true})
    const failure = await failureOf((await connectVch(endpoint)).info())
    await rm(folder, {recursive: true})
    expect(failure).toMatchObject({code: 'VN-VCH-UNREACHABLE', message: expect.stringContaining('does not exist')})
  })

  it('is unreachable when the server hangs up without a word', async () => {
    expect(isUnreachable(await infoAgainst(''))).toBe(true)
    expect(isUnreachable(await infoAgainst('', true))).toBe(true)
  })

  it('is unreachable, and does not hang, when an answer breaks off', async () => {
    const failure = await infoAgainst('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"ID"')
    expect(failure).toMatchObject({code: 'VN-VCH-UNREACHABLE'})
  })

  it('is a mismatch when only one side speaks TLS', async () => {
    expect(await infoAgainst('HTTP/1.1 400 Bad Request\r\n\r\n', true)).toMatchObject({code: 'VN-VCH-TLS-MISMATCH'})
    expect(await infoAgainst(Buffer.from([0x15, 3, 1, 0, 2, 2, 22]))).toMatchObject({code: 'VN-VCH-TLS-MISMATCH'})
    const go = 'HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n'
    expect(await infoAgainst(go)).toMatchObject({code: 'VN-VCH-TLS-MISMATCH'})
  })

  it('is not Docker when it is not HTTP', async () => {
    expect(await infoAgainst('SSH-2.0-OpenSSH_9.2\r\n')).toMatchObject({code: 'VN-VCH-NOT-DOCKER'})
  })

  it.each([
    ['EHOSTUNREACH', 'VN-VCH-UNREACHABLE', true],
    ['ENETUNREACH', 'VN-VCH-UNREACHABLE', true],
    ['ETIMEDOUT', 'VN-VCH-UNREACHABLE', true],
    ['ENOTFOUND', 'VN-VCH-UNREACHABLE', true],
    ['EAI_AGAIN', 'VN-VCH-UNREACHABLE', true],
    ['ECONNRESET', 'VN-VCH-UNREACHABLE', true],
    ['EPIPE', 'VN-VCH-UNREACHABLE', true],
    ['EACCES', 'VN-VCH-DENIED', false],
    ['CERT_HAS_EXPIRED', 'VN-VCH-CERT-EXPIRED', false],
    ['CERT_NOT_YET_VALID', 'VN-VCH-CERT-NOT-YET', false],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'VN-VCH-CERT-UNTRUSTED', false],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'VN-VCH-CERT-UNTRUSTED', false],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'VN-VCH-CERT-UNTRUSTED', false],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'VN-VCH-CERT-NAME', false],
    ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'VN-VCH-CERT-WANTED', false],
    ['ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE', 'VN-VCH-CERT-WANTED', false],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'VN-VCH-CERT-WANTED', false],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'VN-VCH-CERT-WANTED', false],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'VN-VCH-TLS-MISMATCH', false],
    ['SOMETHING_NEW', 'VN-VCH-UNREACHABLE', true],
  ])('%s → %s', (code, expected, passes) => {
    const endpoint = endpointOf({kind: 'tcp', host: 'vch', port: 2376, tls: true}, 'a test', {verify: true})
    const failure = connectionError(Object.assign(new Error('boom'), {code}), endpoint)
    expect(failure.code).toBe(expected)
    expect(failure.message).toContain('https://vch:2376')
    expect(isUnreachable(failure)).toBe(passes)
  })
})

describe('what any call may be answered with', () => {
  const infoWith = async (answer: Answer): Promise<unknown> => failureOf((await apiOf(() => answer)).api.info())
  const message = (text: string) => ({json: {message: text}})

  it.each([
    [{status: 200, text: '<!DOCTYPE html><html/>'}, 'VN-VCH-NOT-DOCKER', false],
    [{status: 401, text: '<html>log in</html>'}, 'VN-VCH-NOT-DOCKER', false],
    [{status: 200, text: 'hello'}, 'VN-VCH-NOT-DOCKER', false],
    [
      {status: 500, ...message('invalid host header from 10.0.0.9:1 to requested host localhost:1')},
      'VN-VCH-HOST-HEADER',
      false,
    ],
    [
      {status: 500, ...message('Get http://x: dial tcp 127.0.0.1:2377: connection refused')},
      'VN-VCH-PORT-LAYER-DOWN',
      true,
    ],
    [
      {status: 500, ...message('vSphere Integrated Containers does not yet implement SystemInfo')},
      'VN-VCH-UNSUPPORTED',
      false,
    ],
    [{status: 404, ...message('page not found')}, 'VN-VCH-UNSUPPORTED', false],
    [{status: 503, text: ''}, 'VN-VCH-API', false],
    [{status: 500, text: 'plain words'}, 'VN-VCH-API', false],
  ])('%j → %s', async (answer, code, passes) => {
    const failure = await infoWith(answer)
    expect(failure).toMatchObject({code})
    expect(isUnreachable(failure)).toBe(passes)
  })

  it('does not follow redirects', async () => {
    expect(await infoWith({status: 302, text: '<a href="/x">', headers: {location: '/x'}})).toMatchObject({
      code: 'VN-VCH-NOT-DOCKER',
    })
  })

  it('keeps the sentence, its status, and no password of a URL', async () => {
    const failure = await infoWith({
      status: 500,
      ...message('Server error from portlayer: cannot use nfs://bob:hunter2@h/x'),
    })
    expect(failure).toMatchObject({
      message: expect.stringMatching(/cannot use nfs:\/\/\*\*\*@h\/x\.$/),
      reason: 'The answer had HTTP status 500.',
      details: {status: 500},
    })
    expect(JSON.stringify(failure)).not.toContain('hunter2')
  })

  it('takes a call for its own failure, not for the server’s', () => {
    expect(readFailure(new Error('no status'))).toBeUndefined()
    expect(readFailure(undefined)).toBeUndefined()
    expect(readFailure(Object.assign(new Error('(HTTP code 500) server error - x - y '), {statusCode: 500}))).toEqual({
      status: 500,
      message: 'x - y',
      isHtml: false,
    })
  })
})

describe('limits and aborts', () => {
  const silent = () => apiOf(() => ({raw: () => undefined}))

  it('ends a call at its limit, as a time-out', async () => {
    const failure = await failureOf((await silent()).api.info({timeoutMs: 30}))
    expect(failure).toMatchObject({code: 'VN-VCH-TIMEOUT', exitCode: 4, details: {limitMs: 30}})
    expect(isUnreachable(failure)).toBe(true)
  })

  it('takes a limit for all calls, which a call may change', async () => {
    const {server} = await silent()
    const api = await connectVch(endpointOf({kind: 'unix', path: server.socketPath}, 'a test', {verify: true}), {
      timeoutMs: 20,
    })
    expect(await failureOf(api.networks())).toMatchObject({code: 'VN-VCH-TIMEOUT', details: {limitMs: 20}})
    expect(await failureOf(api.networks({timeoutMs: 25}))).toMatchObject({details: {limitMs: 25}})
  })

  it('hangs up on the server when aborted, and throws the reason of the signal', async () => {
    const control = new AbortController()
    const reason = new Error('enough')
    let closed: () => void = () => undefined
    const hungUp = new Promise<void>((resolve) => (closed = resolve))
    const {api} = await apiOf(() => ({
      raw: (response) => {
        response.once('close', closed)
        control.abort(reason)
      },
    }))
    await expect(api.hasImage('x', {signal: control.signal})).rejects.toBe(reason)
    await expect(hungUp).resolves.toBeUndefined()
  })

  it('asks nothing once aborted', async () => {
    const {api, server} = await silent()
    expect(await failureOf(api.info({signal: AbortSignal.abort(new Error('before'))}))).toMatchObject({
      message: 'before',
    })
    expect(server.seen).toEqual([])
  })
})

describe('plain TCP', () => {
  it('is spoken to as API 1.25, whatever DOCKER_HOST says', async () => {
    const server = await scriptedTcpServer(() => ({json: VCH_INFO}))
    const before = process.env['DOCKER_HOST']
    process.env['DOCKER_HOST'] = 'ssh://bob@nowhere'
    try {
      const api = await apiAt(server.port)
      expect(await api.info()).toMatchObject({name: 'vch-1'})
      expect(api.endpoint).toBe(`tcp://127.0.0.1:${server.port}`)
      expect(server.seen).toEqual([expect.objectContaining({url: '/v1.25/info'})])
      expect(server.seen[0]?.headers.host).toBe(`127.0.0.1:${server.port}`)
    } finally {
      if (before === undefined) delete process.env['DOCKER_HOST']
      else process.env['DOCKER_HOST'] = before
      await server.close()
    }
  })
})

import {afterEach, beforeAll, beforeEach, describe, expect, it} from '@jest/globals'
import {chmod, mkdir, rm, writeFile} from 'node:fs/promises'
import path from 'node:path'
import type {WorkEvent} from '../../../src/model/event.js'
import {connectAdapters, type ConnectWish} from '../../../src/services/connect.js'
import {makeAuthority, makeSelfSigned, type Authority, type Pair} from '../../helpers/made-certificates.js'
import {makeTempDirectory} from '../../helpers/temp-directory.js'
import {scriptedTcpServer, VCH_INFO, type TcpServer} from '../vch/scripted-server.js'

let authority: Authority
let mutual: Pair
let selfSigned: Pair
let directory: string
const running: TcpServer[] = []

beforeAll(async () => {
  authority = await makeAuthority('vch')
  mutual = await authority.issue('server', '127.0.0.1', {address: '127.0.0.1'})
  selfSigned = await makeSelfSigned('other')
})
beforeEach(async () => {
  directory = await makeTempDirectory()
  const client = await authority.issue('client', 'client')
  const files = {'ca.pem': authority.ca, 'cert.pem': client.cert, 'key.pem': client.key}
  await mkdir(path.join(directory, 'certs'))
  for (const [name, text] of Object.entries(files))
    await writeFile(path.join(directory, 'certs', name), text, {mode: 0o600})
})
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.close()))
  await rm(directory, {recursive: true})
})

/** `127.0.0.1:port` of a VCH; TLS with a certificate, with client certificates if it is the authority's. */
async function vchAt(pair?: Pair): Promise<string> {
  const clients = pair === mutual ? {ca: authority.ca, requestCert: true, rejectUnauthorized: true} : {}
  const started = await scriptedTcpServer(() => ({json: VCH_INFO}), pair && {...pair, ...clients})
  running.push(started)
  return `127.0.0.1:${started.port}`
}

/** What asking both VCHs gives: `ok`, or an error's code. */
async function askBoth(wish: Pick<ConnectWish, 'server' | 'consumer'>, environment: Record<string, string>) {
  const events: WorkEvent[] = []
  const limits = {readyTimeoutMs: 1, vicMachineTimeoutMs: 1, vchTimeoutMs: 1, stepTimeoutMs: 1}
  const {server, consumer} = await connectAdapters(
    {...wish, vicMachine: {}, limits},
    {
      environment: {...environment, VICNFS_STATE_DIR: directory, DOCKER_CONFIG: directory},
      signal: new AbortController().signal,
      onEvent: (event) => events.push(event),
      confirm: () => Promise.resolve(),
      askSecret: () => Promise.resolve(undefined),
    },
  )
  const ask = (api: typeof server): Promise<unknown> =>
    api.info().then(
      () => 'ok',
      (error: unknown) => (error as {code: unknown}).code,
    )
  const warnings = events.flatMap((event) => (event.type === 'note' ? event.text : []))
  return {answers: [await ask(server), await ask(consumer)], warnings}
}

describe('a server VCH and a consumer VCH', () => {
  it('share the client certificate where the consumer has none of its own', async () => {
    const [server, consumer] = [await vchAt(mutual), await vchAt(mutual)]
    const certPath = path.join(directory, 'certs')
    const both = ['ok', 'ok']
    const env = {DOCKER_HOST: server, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: certPath}
    expect(await askBoth({server: {}, consumer: {host: consumer}}, env)).toEqual({answers: both, warnings: []})
    const flags = {server: {host: server, certPath}, consumer: {host: consumer}}
    expect((await askBoth(flags, {})).answers).toEqual(both)
    const own = {server: {host: `http://${await vchAt()}`}, consumer: {host: consumer, certPath}}
    expect((await askBoth(own, {})).answers).toEqual(both)
  })

  it('do not share that a certificate is not checked', async () => {
    const [server, consumer] = [await vchAt(selfSigned), `https://${await vchAt(selfSigned)}`]
    const env = {DOCKER_HOST: server, DOCKER_TLS: '1'}
    const unchecked = {tlsVerify: false}
    expect((await askBoth({server: {}, consumer: {host: consumer}}, env)).answers).toEqual([
      'ok',
      'VN-VCH-CERT-UNTRUSTED',
    ])
    expect((await askBoth({server: {}, consumer: {host: consumer, ...unchecked}}, env)).answers).toEqual(['ok', 'ok'])
  })

  it('may speak TLS and plain HTTP side by side', async () => {
    const [server, consumer] = [await vchAt(mutual), await vchAt()]
    const env = {DOCKER_HOST: server, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: path.join(directory, 'certs')}
    const {answers} = await askBoth({server: {}, consumer: {host: `http://${consumer}`}}, env)
    expect(answers).toEqual(['ok', 'ok'])
    // The control: what is not said to be plain HTTP is asked in TLS.
    expect((await askBoth({server: {}, consumer: {host: consumer}}, env)).answers).toEqual([
      'ok',
      'VN-VCH-TLS-MISMATCH',
    ])
  })

  it('are warned of a private key that others may read', async () => {
    const certPath = path.join(directory, 'certs')
    await chmod(path.join(certPath, 'key.pem'), 0o644)
    const {answers, warnings} = await askBoth({server: {host: await vchAt(mutual), certPath}, consumer: {}}, {})
    expect(answers).toEqual(['ok', 'ok'])
    expect(warnings).toEqual([expect.stringContaining('key.pem (mode 644)')])
  })
})

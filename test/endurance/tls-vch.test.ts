import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'
import {execFileSync} from 'node:child_process'
import {createHash} from 'node:crypto'
import {once} from 'node:events'
import {copyFileSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {get, type IncomingMessage} from 'node:http'
import {connect} from 'node:net'
import path from 'node:path'

import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import {LONG_AGO, makeAuthority, type Authority} from '../helpers/made-certificates.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'

const EXPOSE = ['expose-volume', 'nfs-vol', '--create', '--capacity', '1GB', '--network', 'storage-net', '--json']
const REGISTER = [...EXPOSE, '--register', 'nfs-store', '--yes']
/** Asks the server VCH, and changes nothing. */
const LOOK = ['teardown', 'no-such-volume', '--yes', '--json']

let bench: SandboxBench
let server: SandboxHandle
let consumer: SandboxHandle
/** TLS without client certificates, and plain HTTP. */
let open: SandboxHandle
let plain: SandboxHandle
let stranger: Authority

beforeAll(async () => {
  bench = await openSandboxBench()
  ;[server, consumer, open, plain, stranger] = await Promise.all([
    // Before 1.5.2 configure ends well although a store is offline.
    bench.start('server', {security: 'tlsverify', vicVersion: '1.4.3'}),
    bench.start('consumer', {security: 'tlsverify'}),
    bench.start('open', {security: 'no-tlsverify'}),
    bench.start('plain', {security: 'no-tls'}),
    makeAuthority('another VCH'),
  ])
})
afterAll(() => bench.close())

const certificate = (of: SandboxHandle, file: string) => path.join(of.certificates ?? '', file)
const place = (of: SandboxHandle) => (of.environment()['DOCKER_HOST'] ?? '').replace('tcp://', '')

/** A folder of certificates like a VCH's, with other contents for some files. */
function folderLike(of: SandboxHandle, name: string, other: Readonly<Record<string, Buffer>> = {}): string {
  const folder = path.join(bench.directory, name)
  mkdirSync(folder, {recursive: true})
  for (const file of ['ca.pem', 'cert.pem', 'key.pem']) copyFileSync(certificate(of, file), path.join(folder, file))
  for (const [file, text] of Object.entries(other)) writeFileSync(path.join(folder, file), text, {mode: 0o600})
  return folder
}

async function codeOf(argv: readonly string[], env: Environment): Promise<unknown> {
  const {json, stdout} = await bench.run(argv, env)
  const secret = readFileSync(certificate(server, 'key.pem'), 'utf8').split('\n')[1]
  expect(stdout).not.toContain(secret)
  const {ok, error} = json as {ok: boolean; error?: {code: string}}
  return ok ? 'ok' : error?.code
}

describe('VCHs that demand client certificates', () => {
  it('take the whole workflow: proof of the same VCH, configure, power-cycle, proof of sharing, teardown', async () => {
    const env = bench.environment(server, consumer)
    expect(env).toMatchObject({DOCKER_TLS_VERIFY: '1', VICNFS_CONSUMER_CERT_PATH: consumer.certificates})
    const exposed = await bench.run(REGISTER, env)
    expect(exposed.json).toMatchObject({
      ok: true,
      result: {registration: {outcome: 'registered', vch: 'consumer'}},
      warnings: [],
    })
    expect(exposed.stdout).not.toContain('PRIVATE KEY')
    // Right certificates, but not the VCH that vic-machine means.
    const other = {VICNFS_CONSUMER_HOST: `https://${place(open)}`, VICNFS_CONSUMER_NO_TLSVERIFY: 'true'}
    expect(await codeOf(REGISTER, {...env, ...other})).toBe('VN-DIFFERENT-VCH')
    const removed = await bench.run(['teardown', 'nfs-vol', '--yes', '--json'], env)
    expect(removed.json).toMatchObject({ok: true, result: {unregistered: ['nfs-store']}})
  })

  it('are configured by a vic-machine that never looks at the stores', () => {
    const dead = 'nfs://127.0.0.1/nowhere?uid=0&gid=0:dead'
    const words = ['configure', '--name', 'server', '--volume-store', 'datastore1/volumes:default']
    const env = {...process.env, ...server.environment()}
    const said = execFileSync(server.vicMachinePath, [...words, '--volume-store', dead], {
      cwd: bench.directory,
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    expect(said).toContain('Expected TLS error without access to client certificate')
    expect(said).toContain('Completed successfully')
    expect(said).not.toContain('cannot be brought online')
  })

  it('are asked through a docker context with its own certificates, or without a check', async () => {
    const context = (name: string, skip: boolean, files: readonly string[]): Environment => {
      const id = createHash('sha256').update(name).digest('hex')
      const config = path.join(bench.directory, 'docker-config')
      const [meta, tls] = [path.join(config, 'contexts/meta', id), path.join(config, 'contexts/tls', id, 'docker')]
      for (const folder of [meta, tls]) mkdirSync(folder, {recursive: true})
      const docker = {Host: `tcp://${place(server)}`, SkipTLSVerify: skip}
      writeFileSync(path.join(meta, 'meta.json'), JSON.stringify({Name: name, Endpoints: {docker}}))
      for (const file of files) copyFileSync(certificate(server, file), path.join(tls, file))
      return {DOCKER_CONFIG: config, DOCKER_CONTEXT: name}
    }
    expect(await codeOf(LOOK, context('all', false, ['ca.pem', 'cert.pem', 'key.pem']))).toBe('ok')
    expect(await codeOf(LOOK, context('skip', true, ['cert.pem', 'key.pem']))).toBe('ok')
    expect(await codeOf(LOOK, context('no-ca', false, ['cert.pem', 'key.pem']))).toBe('VN-VCH-CERT-UNTRUSTED')
    expect(await codeOf(LOOK, context('no-cert', false, ['ca.pem']))).toBe('VN-VCH-CERT-WANTED')
  })

  it('refuse other clients, and other ways to ask, each with its name', async () => {
    const own = await stranger.issue('client', 'client', {ownKey: true})
    const ask = (env: Environment): Promise<unknown> => codeOf(LOOK, {DOCKER_HOST: place(server), ...env})
    const strange = folderLike(server, 'strange', {'cert.pem': own.cert, 'key.pem': own.key})
    expect(await ask({DOCKER_CERT_PATH: server.certificates})).toBe('ok')
    expect(await ask({DOCKER_CERT_PATH: strange})).toBe('VN-VCH-CLIENT-CERT-REFUSED')
    expect(await ask({DOCKER_CERT_PATH: folderLike(server, 'ca', {'ca.pem': stranger.ca})})).toBe(
      'VN-VCH-CERT-UNTRUSTED',
    )
    expect(await ask({DOCKER_CERT_PATH: folderLike(server, 'key', {'key.pem': own.key})})).toBe('VN-VCH-CERT-KEY')
    expect(await ask({DOCKER_TLS: '1'})).toBe('VN-VCH-CERT-WANTED')
    const [host = '', port] = place(server).split(':')
    const socket = connect(Number(port), host).end('GET /info HTTP/1.1\r\nHost: x\r\n\r\n')
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect([...answer]).toEqual([21, 3, 3, 0, 2, 2, 10])
  })

  it('stand beside VCHs that demand none', async () => {
    expect(await codeOf(LOOK, open.environment())).toBe('ok')
    expect(await codeOf([...LOOK, '--host', place(open), '--no-tlsverify'], {})).toBe('ok')
    expect(await codeOf([...LOOK, '--host', place(open)], {})).toBe('VN-VCH-CERT-UNTRUSTED')
    expect(await codeOf(LOOK, plain.environment())).toBe('ok')
    expect(await codeOf(LOOK, {...plain.environment(), DOCKER_TLS: '1'})).toBe('VN-VCH-TLS-MISMATCH')
    const [host, port] = place(plain).split(':')
    const [answer] = (await once(get({host, port, path: '/_ping', headers: {host: 'evil.example'}}), 'response')) as [
      IncomingMessage,
    ]
    expect(answer.resume().statusCode).toBe(500)
    await expect(bench.start('plain', {security: 'tlsverify'})).rejects.toMatchObject({code: 'VN-SANDBOX-DIFFERENT'})
  })

  it('read their certificate when they boot: one out of date is said', async () => {
    const expired = await stranger.issue('server', 'x', {address: server.publicAddress, ...LONG_AGO})
    writeFileSync(certificate(server, 'server-cert.pem'), expired.cert)
    writeFileSync(certificate(server, 'server-key.pem'), expired.key)
    const control = await bench.control(server)
    await control.vchPowerOff()
    expect(await codeOf(LOOK, server.environment())).toBe('VN-VCH-UNREACHABLE')
    await control.vchPowerOn()
    const env = {...server.environment(), DOCKER_CERT_PATH: folderLike(server, 'expired', {'ca.pem': stranger.ca})}
    let code: unknown
    do code = await codeOf(LOOK, env)
    while (code === 'VN-VCH-UNREACHABLE')
    expect(code).toBe('VN-VCH-CERT-EXPIRED')
    const skipped = await bench.run([...LOOK, '--no-tlsverify'], env)
    expect(skipped.json).toMatchObject({ok: true})
  })
})

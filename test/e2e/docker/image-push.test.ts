import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'
import {chmod, mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'

import {SERVER_IMAGE} from '../../../src/model/server-image.js'
import {closeOpened} from '../../helpers/close-opened.js'
import {openDockerEngine, type DockerEngine} from '../../helpers/docker-engine.js'
import {startDockerRegistry, type DockerRegistry} from '../../helpers/docker-registry.js'
import {canTestOnDebian} from '../not-tested.js'
import {openWorkplace, runVicnfs, type Workplace} from '../workplace.js'

const LOGIN = {username: 'robot', password: 'marker-pa55word'}
const SCHEMA_1 = 'application/vnd.docker.distribution.manifest.v1+prettyjws'

const describeOnDebian = canTestOnDebian('pushing the server image') ? describe : describe.skip

let engine: DockerEngine
let workplace: Workplace
let open: DockerRegistry
let closed: DockerRegistry
let plain: DockerRegistry

interface PushOptions {
  readonly flags?: readonly string[]
  readonly stdin?: string
  /** docker's config.json. */
  readonly config?: unknown
}

/** Every run is one that must not show the password. */
async function push(reference: string, {flags = [], stdin = '', config = {}}: PushOptions = {}) {
  const env = {
    ...workplace.env,
    PATH: `${workplace.home}:${workplace.env['PATH'] ?? ''}`,
    DOCKER_CONFIG: workplace.home,
  }
  await writeFile(path.join(workplace.home, 'config.json'), JSON.stringify(config))
  const argv = ['image', 'push', reference, '--host', engine.env['DOCKER_HOST'] ?? '', '--json', ...flags]
  const {exitCode, stdout, stderr} = await runVicnfs(argv, {env, stdin})
  expect(stdout + stderr).not.toContain(LOGIN.password)
  const {result, error} = JSON.parse(stdout)
  return {exitCode, result, error}
}

const auth = Buffer.from(`${LOGIN.username}:${LOGIN.password}`).toString('base64')

async function credentialHelper(name: string, secret: string): Promise<void> {
  const file = path.join(workplace.home, `docker-credential-${name}`)
  const answer = `{"ServerURL":"%s","Username":"${LOGIN.username}","Secret":"${secret}"}`
  await writeFile(file, `#!/bin/sh\ntest "$*" = get || exit 9\nread -r server\nprintf '${answer}' "$server"\n`)
  await chmod(file, 0o755)
}

describeOnDebian("image push to Debian's docker-registry", () => {
  beforeAll(async () => {
    engine = await openDockerEngine()
    workplace = await openWorkplace()
    await engine.buildServerImage()
    const directory = (name: string) => path.join(workplace.directory, name)
    for (const name of ['open', 'closed', 'plain']) await mkdir(directory(name))
    open = await startDockerRegistry({directory: directory('open')})
    closed = await startDockerRegistry({directory: directory('closed'), login: LOGIN})
    // An Engine takes loopback for trusted, and any other registry without TLS for a mistake.
    plain = await startDockerRegistry({directory: directory('plain'), host: engine.gateway})
  })
  afterAll(async () => {
    await closeOpened(open, closed, plain, engine, workplace)
  })

  it('pushes under the name of the registry, and sends no layer twice', async () => {
    const first = await push(`${open.name}/team/nfs-server`)
    const reference = `${open.name}/team/nfs-server:0.1`
    expect(first).toMatchObject({exitCode: 0, result: {outcome: 'pushed', reference, registry: open.name}})
    expect(first.result.layers).toMatchObject({sent: expect.any(Number), present: 0})
    const again = await push(reference)
    expect(again.result).toMatchObject({
      digest: first.result.digest,
      layers: {sent: 0, present: first.result.layers.sent},
    })
    const manifest = await fetch(`http://${open.name}/v2/team/nfs-server/manifests/${String(first.result.digest)}`, {
      method: 'HEAD',
      headers: {Accept: 'application/vnd.docker.distribution.manifest.v2+json'},
    })
    expect(manifest.status).toBe(200)
  })

  it('is served in schema 1, as a VCH pulls it, with every layer there', async () => {
    await push(`${open.name}/team/nfs-server:vch`)
    const base = `http://${open.name}/v2/team/nfs-server`
    const answer = await fetch(`${base}/manifests/vch`, {headers: {Accept: SCHEMA_1}})
    expect(answer.headers.get('content-type')).toBe(SCHEMA_1)
    const manifest = (await answer.json()) as {
      schemaVersion: number
      tag: string
      architecture: string
      fsLayers: {blobSum: string}[]
      history: {v1Compatibility: string}[]
      signatures: unknown[]
    }
    expect(manifest).toMatchObject({
      schemaVersion: 1,
      tag: 'vch',
      architecture: 'amd64',
      signatures: [expect.anything()],
    })
    expect(manifest.history).toHaveLength(manifest.fsLayers.length)
    expect(JSON.parse(manifest.history[0]!.v1Compatibility)).toMatchObject({config: {Cmd: ['/etc/rc.local']}})
    // facts/vch-docker-api.md § 5: a VCH takes 90 layers at most.
    expect(manifest.fsLayers.length).toBeLessThan(90)
    for (const {blobSum} of manifest.fsLayers) {
      const blob = await fetch(`${base}/blobs/${blobSum}`, {method: 'HEAD'})
      expect({blobSum, status: blob.status}).toEqual({blobSum, status: 200})
    }
  })

  it('is refused without a login, and with a wrong one', async () => {
    const reference = `${closed.name}/team/nfs-server:0.1`
    const refused = {exitCode: 1, error: {code: 'VN-REGISTRY-UNAUTHORISED', tries: [`docker login ${closed.name}`]}}
    expect(await push(reference)).toMatchObject(refused)
    const flags = ['--username', LOGIN.username, '--password-stdin']
    expect(await push(reference, {flags, stdin: 'something else'})).toMatchObject(refused)
    await credentialHelper('e2e', 'something else')
    expect(await push(reference, {config: {credsStore: 'e2e', auths: {[closed.name]: {auth}}}})).toMatchObject(refused)
  })

  it.each([
    [
      'the password from stdin',
      {flags: ['--username', LOGIN.username, '--password-stdin'], stdin: `${LOGIN.password}\n`},
    ],
    ["the login in docker's config.json", {config: () => ({auths: {[closed.name]: {auth}}})}],
    ['the credential helper of this registry', {config: () => ({credHelpers: {[closed.name]: 'e2e'}})}],
    ['the credential store', {config: () => ({credsStore: 'e2e', auths: {[closed.name]: {}}})}],
  ])('logs in with %s', async (_, {config, ...options}: Omit<PushOptions, 'config'> & {config?: () => unknown}) => {
    await credentialHelper('e2e', LOGIN.password)
    const reference = `${closed.name}/team/nfs-server:0.1`
    expect(await push(reference, {...options, config: config?.()})).toMatchObject({exitCode: 0, result: {reference}})
  })

  it.each([
    ['a registry without TLS', () => plain.name, 'VN-REGISTRY-TLS', /speaks plain HTTP.*insecure-registries/],
    ['a registry that is down', () => '127.0.0.1:1', 'VN-REGISTRY-UNREACHABLE', /the registry is down/],
    ['a host that nobody knows', () => 'registry.invalid', 'VN-REGISTRY-UNREACHABLE', /./],
  ])('names %s', async (_, registry, code, words) => {
    const {exitCode, error} = await push(`${registry()}/team/nfs-server:0.1`)
    expect({exitCode, code: error.code}).toEqual({exitCode: 1, code})
    expect(error.reason).toMatch(words)
  })

  it('says what to build first', async () => {
    const flags = ['--tag', 'e2e/none:1']
    expect(await push(`${open.name}/team/none:1`, {flags})).toMatchObject({
      exitCode: 1,
      error: {code: 'VN-IMAGE-UNKNOWN', tries: ['vicnfs image build --tag e2e/none:1']},
    })
  })

  it('leaves the local image with its own name', async () => {
    expect(await engine.api.hasImage(SERVER_IMAGE)).toBe(true)
  })
})

import {afterEach, describe, expect, it} from '@jest/globals'
import {mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {gunzipSync} from 'node:zlib'

import {parseImageReference} from '../../../src/model/image-reference.js'
import {noLogin, registryLogin} from '../../../src/vch/registry/registry-login.js'
import {withTempDirectory} from '../../helpers/temp-directory.js'
import {closeServers, imageApiOf, type Answer, type Script} from './scripted-server.js'

afterEach(closeServers)

const lines = (...values: unknown[]): Answer => ({text: values.map((value) => `${JSON.stringify(value)}\r\n`).join('')})
const target = parseImageReference('registry.example.com:5000/team/nfs:1')
const SECRET = 'marker-pa55word'

describe('buildImage', () => {
  const IMAGE = {Id: 'sha256:1', Size: 186_000_000}
  const building =
    (answer: Answer): Script =>
    ({path: asked}) =>
      asked.endsWith('/build') ? answer : {json: IMAGE}

  const build = async (script: Script) => {
    const {api, server} = await imageApiOf(script)
    const built = withTempDirectory(async (contextFolder) => {
      await writeFile(path.join(contextFolder, 'Dockerfile'), 'FROM x\n')
      await mkdir(path.join(contextFolder, 'lib'))
      await writeFile(path.join(contextFolder, 'lib', 'part.sh'), 'exit 0\n')
      return api.buildImage({contextFolder, tag: 'nfs:1', buildArgs: {BASE: 'debian:x'}, noCache: true})
    })
    return {built, server}
  }

  it('sends the folder and the build arguments, and has the image that comes of it', async () => {
    const {built, server} = await build(building(lines({stream: 'Step 1/1 : FROM x\n'})))
    expect(await built).toEqual({id: 'sha256:1', sizeBytes: 186_000_000})
    const {query, headers, bytes} = server.seen[0]!
    expect(headers['content-type']).toBe('application/tar')
    expect(Object.fromEntries(query)).toEqual({
      t: 'nfs:1',
      buildargs: '{"BASE":"debian:x"}',
      rm: 'true',
      forcerm: 'true',
      nocache: 'true',
    })
    const tar = gunzipSync(bytes).toString('latin1')
    for (const name of ['Dockerfile', 'lib/part.sh']) expect(tar).toContain(name)
  })

  it('says which step failed, and what it said last', async () => {
    const message = "The command '/bin/sh -c apt-get update' returned a non-zero code: 100"
    const {built} = await build(
      building(
        lines({stream: 'Step 2/9 : RUN apt-get update\nE: no network\n'}, {errorDetail: {message}, error: message}),
      ),
    )
    await expect(built).rejects.toMatchObject({
      code: 'VN-IMAGE-BUILD-FAILED',
      message: `Image nfs:1 was not built: step 2 of 9 failed: ${message}.`,
      reason: 'The last lines of its output:\nE: no network',
      details: {step: 'step 2 of 9: RUN apt-get update', output: ['E: no network']},
    })
  })

  it('has an error also when the Engine refuses at once', async () => {
    const {built} = await build(building({status: 400, json: {message: 'dockerfile parse error line 3'}}))
    await expect(built).rejects.toMatchObject({
      code: 'VN-IMAGE-BUILD-FAILED',
      message: 'Image nfs:1 was not built: dockerfile parse error line 3.',
    })
  })
})

describe('tagImage', () => {
  it('gives the other name, with the port of its registry', async () => {
    const {api, server} = await imageApiOf(() => ({status: 201}))
    await api.tagImage('vicnfs/nfs:1', target)
    expect(server.seen[0]?.url).toBe(
      '/v1.25/images/vicnfs/nfs:1/tag?repo=registry.example.com%3A5000%2Fteam%2Fnfs&tag=1',
    )
  })

  it('says when there is no such image', async () => {
    const {api} = await imageApiOf(() => ({status: 404, json: {message: 'No such image: nfs:1'}}))
    await expect(api.tagImage('nfs:1', target)).rejects.toMatchObject({
      code: 'VN-IMAGE-UNKNOWN',
      tries: ['vicnfs image build --tag nfs:1'],
    })
  })
})

describe('pushImage', () => {
  const login = registryLogin('registry.example.com:5000', {username: 'robot', password: SECRET}, 'a test')

  it('sends the login in its header, and has the digest', async () => {
    const {api, server} = await imageApiOf(() =>
      lines({id: 'a', status: 'Pushed'}, {aux: {Tag: '1', Digest: 'sha256:d', Size: 1}}),
    )
    expect(await api.pushImage(target, {login})).toEqual({digest: 'sha256:d', layers: {sent: 1, present: 0}})
    const {url, headers} = server.seen[0]!
    expect(url).toBe('/v1.25/images/registry.example.com:5000/team/nfs/push?tag=1')
    expect(JSON.parse(Buffer.from(String(headers['x-registry-auth']), 'base64url').toString())).toEqual({
      username: 'robot',
      password: SECRET,
      serveraddress: 'registry.example.com:5000',
    })
  })

  it('sends an empty login where there is none, since the Engine wants one', async () => {
    const {api, server} = await imageApiOf(() => lines({aux: {Digest: 'sha256:d'}}))
    await api.pushImage(target, {login: noLogin()})
    expect(server.seen[0]?.headers['x-registry-auth']).toBe('e30=')
  })

  it.each([
    ['no basic auth credentials', 'VN-REGISTRY-UNAUTHORISED', 'docker login registry.example.com:5000'],
    ['unauthorized: authentication required', 'VN-REGISTRY-UNAUTHORISED', 'docker login registry.example.com:5000'],
    [
      'denied: requested access to the resource is denied',
      'VN-REGISTRY-DENIED',
      'docker login registry.example.com:5000',
    ],
    ['Get "https://r/v2/": dial tcp: lookup r on 10.0.0.1:53: no such host', 'VN-REGISTRY-UNREACHABLE'],
    ['Get "http://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused', 'VN-REGISTRY-UNREACHABLE'],
    ['Get "https://r/v2/": http: server gave HTTP response to HTTPS client', 'VN-REGISTRY-TLS'],
    ['Get "https://r/v2/": x509: certificate signed by unknown authority', 'VN-REGISTRY-TLS'],
    ['An image does not exist locally with the tag: r/team/nfs', 'VN-IMAGE-UNKNOWN'],
    ['manifest invalid: manifest invalid', 'VN-REGISTRY-REFUSED'],
  ])('finds "%s" in a stream that began with 200', async (message, code, ...tries) => {
    const {api} = await imageApiOf(() =>
      lines({status: 'Preparing', id: 'a'}, {errorDetail: {message}, error: message}),
    )
    await expect(api.pushImage(target, {login})).rejects.toMatchObject({
      code,
      message: `Image registry.example.com:5000/team/nfs:1 was not pushed: ${message}.`,
      tries,
    })
  })

  it('shows no secret that a registry repeats', async () => {
    const {api} = await imageApiOf(() => ({status: 500, json: {message: `denied: robot:${SECRET} (${login.header})`}}))
    const error = await api.pushImage(target, {login}).catch((caught: unknown) => caught)
    expect(error).toMatchObject({code: 'VN-REGISTRY-DENIED'})
    expect(JSON.stringify([error, String(error)])).not.toMatch(new RegExp(`${SECRET}|${login.header}`))
  })

  it('does not take a push without a digest for done', async () => {
    const {api} = await imageApiOf(() => lines({status: 'Preparing', id: 'a'}))
    await expect(api.pushImage(target, {login})).rejects.toMatchObject({code: 'VN-REGISTRY-REFUSED'})
  })
})

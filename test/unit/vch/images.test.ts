import {afterEach, describe, expect, it} from '@jest/globals'
import {pullQuery} from '../../../src/vch/operations/images.js'
import {apiOf, closeServers} from './scripted-server.js'

afterEach(closeServers)

const lines = (...values: unknown[]) => ({text: values.map((value) => `${JSON.stringify(value)}\r\n`).join('')})

describe('hasImage', () => {
  it('is true or false, with the slashes of the name left alone', async () => {
    const {api, server} = await apiOf(({path}) =>
      path.includes('nfs:1') ? {json: {Id: 'sha256:1'}} : {status: 404, json: {message: 'No such image: x'}},
    )
    expect(await api.hasImage('registry.local:5000/team/nfs:1')).toBe(true)
    expect(await api.hasImage('other')).toBe(false)
    expect(server.seen[0]?.url).toBe('/v1.25/images/registry.local:5000/team/nfs:1/json')
  })
})

describe('pullQuery', () => {
  it.each([
    ['nfs', 'nfs', 'latest'],
    ['nfs:1', 'nfs', '1'],
    ['registry.local:5000/nfs', 'registry.local:5000/nfs', 'latest'],
    ['registry.local:5000/a/nfs:v1.2', 'registry.local:5000/a/nfs', 'v1.2'],
    [`r/nfs:1@sha256:${'ab'.repeat(32)}`, 'r/nfs', `sha256:${'ab'.repeat(32)}`],
  ])('%s', (reference, fromImage, tag) => {
    expect(pullQuery(reference)).toEqual({fromImage, tag})
  })
})

describe('pullImage', () => {
  it('sends name and tag, reports progress, and ends well', async () => {
    const {api, server} = await apiOf(() =>
      lines(
        {status: '1: Pulling from nfs'},
        {status: 'Downloading', progressDetail: {}, progress: '[=> ]', id: '9e87'},
        {status: 'Status: Downloaded newer image for nfs:1'},
      ),
    )
    const progress: string[] = []
    await api.pullImage('nfs:1', {onProgress: (text) => progress.push(text)})
    expect(progress).toEqual([
      '1: Pulling from nfs',
      '9e87: Downloading [=> ]',
      'Status: Downloaded newer image for nfs:1',
    ])
    expect(server.seen[0]).toMatchObject({method: 'POST', url: '/v1.25/images/create?fromImage=nfs&tag=1', text: ''})
  })

  it.each([
    ['Error while pulling image manifest: missing signature key', 'VN-VCH-IMAGE-SCHEMA'],
    ['MANIFEST_UNKNOWN: manifest unknown; accept header does not support OCI manifests', 'VN-VCH-IMAGE-SCHEMA'],
    ['Tag faketag not found in repository library/busybox', 'VN-VCH-IMAGE-MISSING'],
    ["pull access denied for X, repository does not exist or may require 'docker login'", 'VN-VCH-IMAGE-DENIED'],
    ['Access denied to unauthorized registry (h) while VCH is in whitelist mode', 'VN-VCH-IMAGE-DENIED'],
    ['x509: certificate signed by unknown authority', 'VN-VCH-PULL-FAILED'],
  ])('finds "%s" in a stream that began with 200', async (message, code) => {
    const {api} = await apiOf(() => lines({status: 'Pulling'}, {errorDetail: {message}, error: message}))
    await expect(api.pullImage('busybox:faketag')).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    })
  })

  it('says how to push for a VCH', async () => {
    const {api} = await apiOf(() => lines({error: 'missing signature key'}))
    await expect(api.pullImage('nfs:1')).rejects.toMatchObject({reason: expect.stringContaining('schema 2 (not OCI)')})
  })

  it.each([
    [404, 'manifest for nfs:9 not found', 'VN-VCH-IMAGE-MISSING'],
    [500, 'Failed to fetch: no route to registry', 'VN-VCH-PULL-FAILED'],
    [500, 'dial tcp 127.0.0.1:2380: connection refused', 'VN-VCH-PORT-LAYER-DOWN'],
  ])('reports a failure before the stream: %d %s', async (status, message, code) => {
    const {api} = await apiOf(() => ({status, json: {message}}))
    await expect(api.pullImage('nfs:9')).rejects.toMatchObject({code})
  })

  it('reports a stream that breaks off', async () => {
    const {api} = await apiOf(() => ({
      raw: (response) => {
        response.write('{"status":"Pulling"}\n')
        setImmediate(() => response.destroy())
      },
    }))
    await expect(api.pullImage('nfs:1')).rejects.toMatchObject({code: 'VN-VCH-UNREACHABLE'})
  })

  it('stops when aborted in the middle', async () => {
    const control = new AbortController()
    const reason = new Error('enough')
    const {api} = await apiOf(() => ({raw: (response) => void response.write('{"status":"Pulling"}\n')}))
    const pull = api.pullImage('nfs:1', {signal: control.signal, onProgress: () => control.abort(reason)})
    await expect(pull).rejects.toBe(reason)
  })
})

import {afterEach, describe, expect, it} from '@jest/globals'
import {readFile} from 'node:fs/promises'
import path from 'node:path'

import type {WorkEvent} from '../../../src/model/event.js'
import {SERVER_IMAGE} from '../../../src/model/server-image.js'
import {buildServerImage} from '../../../src/services/image/build-image.js'
import {imageFolder} from '../../../src/services/image/image-folder.js'
import {pushServerImage} from '../../../src/services/image/push-image.js'
import {withTempDirectory} from '../../helpers/temp-directory.js'
import {closeServers, ENGINE_INFO, imageApiOf, VCH_INFO, type Answer, type Script} from '../vch/scripted-server.js'

afterEach(closeServers)

const lines = (...values: unknown[]): Answer => ({text: values.map((value) => `${JSON.stringify(value)}\n`).join('')})

/** A Docker Engine with these images, by name; `after` is what the next build makes. */
function engine(images: Map<string, string>, after = 'sha256:new'): Script {
  return ({path: asked, query}) => {
    const route = asked.replace('/v1.25', '')
    if (route === '/info') return {json: ENGINE_INFO}
    if (route === '/networks') return {json: []}
    if (route === '/build') {
      images.set(query.get('t') ?? '', after)
      return lines({stream: 'Step 1/1 : FROM x\n'}, {stream: 'an output line\n'})
    }
    if (route.endsWith('/tag')) {
      images.set(
        `${query.get('repo') ?? ''}:${query.get('tag') ?? ''}`,
        images.get(/images\/(.*)\/tag/.exec(route)![1]!)!,
      )
      return {status: 201}
    }
    if (route.endsWith('/push')) return lines({id: 'a', status: 'Pushed'}, {aux: {Digest: 'sha256:d'}})
    const id = images.get(/images\/(.*)\/json/.exec(route)![1]!)
    return id === undefined ? {status: 404, json: {message: 'No such image'}} : {json: {Id: id, Size: 186_000_000}}
  }
}

async function withEngine<T>(
  script: Script,
  use: (parts: {
    adapters: Parameters<typeof pushServerImage>[1]
    seen: readonly {readonly url: string; readonly headers: Readonly<Record<string, unknown>>}[]
    events: WorkEvent[]
    onEvent: (event: WorkEvent) => void
  }) => Promise<T>,
): Promise<T> {
  const {api, server} = await imageApiOf(script)
  const events: WorkEvent[] = []
  return withTempDirectory((homeDirectory) =>
    use({
      adapters: {engine: api, environment: {}, homeDirectory},
      seen: server.seen,
      events,
      onEvent: (event) => events.push(event),
    }),
  )
}

const BUILD = {tag: SERVER_IMAGE, noCache: false}

describe('buildServerImage', () => {
  it('builds, tells each step, and has the image', () =>
    withEngine(engine(new Map()), async ({adapters, events, onEvent, seen}) => {
      expect(await buildServerImage({...BUILD, base: 'mirror/debian:x'}, adapters, {onEvent})).toEqual({
        outcome: 'built',
        unchanged: false,
        image: {reference: SERVER_IMAGE, id: 'sha256:new', sizeBytes: 186_000_000},
        endpoint: adapters.engine.endpoint,
      })
      expect(events).toContainEqual({type: 'step.progress', id: 'build', text: 'step 1 of 1: FROM x'})
      expect(events).toContainEqual({type: 'note', level: 'detail', text: 'an output line'})
      const build = seen.find(({url}) => url.includes('/build?'))
      expect(new URL(build!.url, 'http://x').searchParams.get('buildargs')).toBe('{"BASE":"mirror/debian:x"}')
    }))

  it('is unchanged when the tag meant this very image before', () =>
    withEngine(engine(new Map([[SERVER_IMAGE, 'sha256:new']])), async ({adapters}) => {
      expect(await buildServerImage(BUILD, adapters, {})).toMatchObject({outcome: 'unchanged', unchanged: true})
    }))

  it('is not unchanged when the tag meant another image', () =>
    withEngine(engine(new Map([[SERVER_IMAGE, 'sha256:old']])), async ({adapters}) => {
      expect(await buildServerImage(BUILD, adapters, {})).toMatchObject({outcome: 'built', unchanged: false})
    }))

  it('sends a VCH nothing to build', () =>
    withEngine(
      () => ({json: VCH_INFO}),
      async ({adapters, seen}) => {
        await expect(buildServerImage({...BUILD, tag: 'r/nfs:1'}, adapters, {})).rejects.toMatchObject({
          code: 'VN-IMAGE-ENGINE',
          exitCode: 2,
          tries: ['vicnfs image build --tag r/nfs:1 --host unix:///var/run/docker.sock'],
        })
        expect(seen.map(({url}) => url)).toEqual(['/v1.25/info'])
      },
    ))

  it('builds from the folder that comes with vicnfs', async () => {
    const dockerfile = await readFile(path.join(await imageFolder(), 'Dockerfile'), 'utf8')
    expect(dockerfile).toMatch(/^ARG BASE=debian:bookworm-slim$/m)
  })
})

describe('pushServerImage', () => {
  const images = () => new Map([[SERVER_IMAGE, 'sha256:new']])

  it('names the image for the registry, with its own tag, and pushes it', () =>
    withEngine(engine(images()), async ({adapters, seen}) => {
      const pushed = await pushServerImage({reference: 'r.example.com/team/nfs', tag: SERVER_IMAGE}, adapters, {})
      expect(pushed).toEqual({
        outcome: 'pushed',
        reference: 'r.example.com/team/nfs:0.1',
        registry: 'r.example.com',
        digest: 'sha256:d',
        image: {id: 'sha256:new', sizeBytes: 186_000_000},
        layers: {sent: 1, present: 0},
      })
      const changes = seen
        .filter(({url}) => /\/(tag|push)\?/.test(url))
        .map(({url}) => url.replace('/v1.25/images/', ''))
      expect(changes).toEqual([
        `${SERVER_IMAGE}/tag?repo=r.example.com%2Fteam%2Fnfs&tag=0.1`,
        'r.example.com/team/nfs/push?tag=0.1',
      ])
    }))

  it('names nothing that has the name already', () =>
    withEngine(
      engine(
        new Map([
          ['r.example.com/nfs:1', 'sha256:new'],
          [SERVER_IMAGE, 'sha256:new'],
        ]),
      ),
      async ({adapters, seen}) => {
        await pushServerImage({reference: 'r.example.com/nfs:1', tag: SERVER_IMAGE}, adapters, {})
        expect(seen.filter(({url}) => url.includes('/tag?'))).toEqual([])
      },
    ))

  it('takes the login that it is given, in place of the one of docker', () =>
    withEngine(engine(images()), async ({adapters, seen, events, onEvent}) => {
      const login = {username: 'robot', password: 'marker-pa55word'}
      const options = {reference: 'r.example.com/nfs:1', tag: SERVER_IMAGE, login}
      const result = await pushServerImage(options, adapters, {onEvent})
      const header = String(seen.find(({url}) => url.includes('/push?'))!.headers['x-registry-auth'])
      expect(Buffer.from(header, 'base64url').toString()).toContain('marker-pa55word')
      expect(JSON.stringify([events, result])).not.toMatch(/marker-pa55word/)
      expect(JSON.stringify(events)).toContain('robot, from --username')
    }))

  it('says what to do first when the image was not built', () =>
    withEngine(engine(new Map()), async ({adapters}) => {
      await expect(
        pushServerImage({reference: 'r.example.com/nfs', tag: SERVER_IMAGE}, adapters, {}),
      ).rejects.toMatchObject({code: 'VN-IMAGE-UNKNOWN', tries: ['vicnfs image build']})
    }))
})

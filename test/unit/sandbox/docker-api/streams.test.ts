/* eslint-disable @typescript-eslint/no-unsafe-return -- the documents of the Docker API are walked as they come */
import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'
import http from 'node:http'
import type {Duplex} from 'node:stream'
import {frames, startVch, type TestVch} from './test-vch.js'

/** Opens an upgraded stream as the docker CLI does, with an optional JSON body. */
function upgrade(socketPath: string, location: string, body = ''): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const headers = {
      Connection: 'Upgrade',
      Upgrade: 'tcp',
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
    }
    const request = http.request({socketPath, method: 'POST', path: location, headers})
    request.on('upgrade', (_response, socket, head) => {
      if (head.length > 0) socket.unshift(head)
      resolve(socket)
    })
    request.on('response', (response) => reject(new Error(`answered ${response.statusCode}`)))
    request.on('error', reject)
    request.end(body)
  })
}

/** Asks and resolves at the head of the answer, whose body is still to come. */
function open(socketPath: string, location: string): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    http.get({socketPath, path: location, agent: false}, resolve).on('error', reject)
  })
}

async function all(stream: Duplex): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

describe('streams of a VCH', () => {
  let vch: TestVch
  beforeAll(async () => void (vch = await startVch()))
  afterAll(() => vch.close())
  const create = async (body: object): Promise<string> =>
    (await vch.request('POST', '/containers/create', {Image: 'busybox', ...body})).json().Id
  const start = (id: string) => vch.request('POST', `/containers/${id}/start`)

  it('folds stderr into stdout in the log, and refuses a log without a stream', async () => {
    const {id} = await vch.run({Cmd: ['sh', '-c', 'echo out; echo err >&2']})
    const read = await vch.request('GET', `/containers/${id}/logs?stdout=1&stderr=1`)
    const found = frames(Buffer.from(read.text))
    expect(found.every((one) => one.stream === 1)).toBe(true)
    expect(found.map((one) => one.text).sort()).toEqual(['err\n', 'out\n'])
    const none = await vch.request('GET', `/containers/${id}/logs`)
    expect([none.status, none.json().message]).toEqual([400, 'Bad parameters: you must choose at least one stream'])
  })

  it('tails, stamps and follows a log', async () => {
    const {id} = await vch.run({Cmd: ['sh', '-c', 'echo 1; echo 2; echo 3']})
    const tail = await vch.request('GET', `/containers/${id}/logs?stdout=1&tail=2&timestamps=1`)
    const lines = frames(Buffer.from(tail.text)).map((one) => one.text)
    expect(lines.map((line) => line.replace(/^\S+ /, ''))).toEqual(['2\n', '3\n'])
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z /)
    const slow = await create({Cmd: ['sh', '-c', 'echo a; read x; echo b'], OpenStdin: true})
    const attached = await upgrade(vch.store.state.socketPath, `/containers/${slow}/attach?stream=1&stdin=1&stdout=1`)
    await start(slow)
    const following = (await open(vch.store.state.socketPath, `/containers/${slow}/logs?stdout=1&follow=1`)).iterator()
    const next = async () => frames((await following.next()).value as Buffer).map((one) => one.text)
    expect(await next()).toEqual(['a\n'])
    attached.write('go on\n')
    expect(await next()).toEqual(['b\n'])
    expect((await following.next()).done).toBe(true)
    attached.destroy()
  })

  it('attaches before the start: stdin in, both streams out, end at the exit', async () => {
    const id = await create({Cmd: ['sh', '-c', 'cat; echo err >&2; exit 3'], OpenStdin: true})
    const stream = await upgrade(
      vch.store.state.socketPath,
      `/v1.25/containers/${id}/attach?stream=1&stdin=1&stdout=1&stderr=1`,
    )
    const output = all(stream)
    await start(id)
    stream.end('typed\n')
    // Two pipes keep no order between them.
    expect(frames(await output).sort((a, b) => a.stream - b.stream)).toEqual([
      {stream: 1, text: 'typed\n'},
      {stream: 2, text: 'err\n'},
    ])
    expect((await vch.request('POST', `/containers/${id}/wait`)).json()).toEqual({StatusCode: 3})
  })

  it('sends plain terminal text with a TTY', async () => {
    const id = await create({Cmd: ['echo', 'x'], Tty: true})
    const stream = await upgrade(vch.store.state.socketPath, `/containers/${id}/attach?stream=1&stdout=1`)
    const output = all(stream)
    await start(id)
    expect((await output).toString()).toBe('x\r\n')
    expect((await vch.request('GET', `/containers/${id}/logs?stdout=1`)).text).toBe('x\r\n')
  })

  it('answers a refused upgrade with an ordinary error', async () => {
    await expect(upgrade(vch.store.state.socketPath, '/containers/nope/attach?stream=1')).rejects.toThrow(
      'answered 404',
    )
  })

  it('executes beside the main process, in its folder, and knows the exit code', async () => {
    const id = await create({Cmd: ['sleep', '60'], WorkingDir: '/data', HostConfig: {Binds: ['ev:/data']}})
    const early = await vch.request('POST', `/containers/${id}/exec`, {Cmd: ['true']})
    expect(early.status).toBe(500)
    expect(early.json().message).toMatch(/^Server error from portlayer: container \(.+\) is not running$/)
    await start(id)
    const {Id: exec} = (
      await vch.request('POST', `/containers/${id}/exec`, {
        Cmd: ['sh', '-c', 'echo x > f; ls; cat; exit 9'],
        AttachStdin: true,
      })
    ).json()
    const stream = await upgrade(
      vch.store.state.socketPath,
      `/exec/${exec}/start`,
      JSON.stringify({Detach: false, Tty: false}),
    )
    const output = all(stream)
    stream.end('in')
    expect(
      frames(await output)
        .map((one) => one.text)
        .join(''),
    ).toBe('f\nin')
    expect((await vch.request('GET', `/exec/${exec}/json`)).json()).toMatchObject({
      ExitCode: 9,
      Running: false,
      ContainerID: id,
    })
    const bad = (await vch.request('POST', `/containers/${id}/exec`, {Cmd: ['nothing']})).json().Id
    expect((await vch.request('POST', `/exec/${bad}/start`, {})).status).toBe(500)
    expect((await vch.request('GET', `/exec/${bad}/json`)).json().ExitCode).toBe(126)
    expect((await vch.request('GET', '/exec/nope/json')).status).toBe(404)
    await vch.request('DELETE', `/containers/${id}?force=1`)
  })

  it('reports the life of a container as events', async () => {
    const since = Date.now() / 1000
    const {id} = await vch.run({Cmd: ['sh', '-c', 'exit 4']})
    await vch.request('DELETE', `/containers/${id}`)
    const filters = encodeURIComponent(JSON.stringify({container: {[id]: true}, type: {container: true}}))
    const answer = await vch.request('GET', `/events?since=${since}&until=${Date.now() / 1000}&filters=${filters}`)
    const events = answer.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(events.map((event) => event.Action)).toEqual(['create', 'start', 'die', 'destroy'])
    expect(events[2]).toMatchObject({status: 'die', id, from: 'busybox', Actor: {Attributes: {exitCode: '4'}}})
  })
})

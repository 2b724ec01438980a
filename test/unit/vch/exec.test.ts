import {afterEach, describe, expect, it} from '@jest/globals'
import fc from 'fast-check'
import {separated} from '../../../src/vch/operations/stream-frames.js'
import {apiOf, closeServers, type Answer, type Script} from './scripted-server.js'

afterEach(closeServers)

function frame(type: number, text: string): Buffer {
  const payload = Buffer.from(text)
  const header = Buffer.alloc(8)
  header[0] = type
  header.writeUInt32BE(payload.length, 4)
  return Buffer.concat([header, payload])
}

const said = (...frames: Buffer[]): Answer => ({text: Buffer.concat(frames)})
const error = (status: number, message: string): Answer => ({status, json: {message}})

/** A server with one container `c` whose execs have the id `e`. */
function script(parts: {create?: Answer; start?: Answer; states?: Answer[]}): Script {
  const states = [...(parts.states ?? [{json: {Running: false, ExitCode: 0}}])]
  return ({path}) => {
    if (path.endsWith('/containers/c/exec')) return parts.create ?? {status: 201, json: {Id: 'e'}}
    if (path.endsWith('/exec/e/start')) return parts.start ?? said()
    return path.endsWith('/exec/e/json') ? states.shift() : undefined
  }
}

describe('exec', () => {
  it('asks for both streams without a terminal, and tells them apart', async () => {
    const start = said(frame(1, 'on'), frame(2, 'no\n'), frame(1, 'e\n'))
    const {api, server} = await apiOf(script({start, states: [{json: {Running: false, ExitCode: 3}}]}))
    expect(await api.exec('c', ['ls', '-l'])).toEqual({exitCode: 3, stdout: 'one\n', stderr: 'no\n'})
    expect(server.seen.map(({method, path, body}) => [method, path, body])).toEqual([
      [
        'POST',
        '/v1.25/containers/c/exec',
        {AttachStdin: false, AttachStdout: true, AttachStderr: true, Tty: false, Cmd: ['ls', '-l']},
      ],
      ['POST', '/v1.25/exec/e/start', {Detach: false, Tty: false}],
      ['GET', '/v1.25/exec/e/json', undefined],
    ])
  })

  it('waits for the exit code, which may come after the output', async () => {
    const states = [{json: {Running: true, ExitCode: 0}}, {json: {Running: false, ExitCode: 7}}]
    const {api} = await apiOf(script({states}))
    expect(await api.exec('c', ['x'])).toMatchObject({exitCode: 7})
  })

  it('keeps no more than a MiB of what a command says', async () => {
    const start = said(...Array<Buffer>(40).fill(frame(1, 'x'.repeat(65_536))))
    const {api} = await apiOf(script({start}))
    const {stdout} = await api.exec('c', ['x'])
    expect(stdout).toMatch(/^x+$/)
    expect(stdout.length).toBeGreaterThan(1_000_000)
    expect(stdout.length).toBeLessThan(1_048_577)
  })

  it('gives the exit code of a command that cannot be launched', async () => {
    const start = error(500, 'Server error from portlayer: fakeCommand: no such executable in PATH.')
    const {api} = await apiOf(script({start, states: [{json: {Running: false, ExitCode: 126}}]}))
    expect(await api.exec('c', ['fakeCommand'])).toEqual({
      exitCode: 126,
      stdout: '',
      stderr: 'fakeCommand: no such executable in PATH.',
    })
  })

  it.each<[string, Parameters<typeof script>[0], string]>([
    ['stopped', {create: error(500, 'Server error from portlayer: container (c) is not running')}, 'CONTAINER-STOPPED'],
    ['stopped, in Docker’s words', {create: error(409, 'Container c0ffee is not running')}, 'CONTAINER-STOPPED'],
    ['stopped meanwhile', {start: error(500, 'container (c) is not running')}, 'CONTAINER-STOPPED'],
    ['missing', {create: error(404, 'No such container: c')}, 'CONTAINER-MISSING'],
    [
      'of VIC 1.1',
      {create: error(500, 'vSphere Integrated Containers does not yet implement ContainerExecCreate')},
      'UNSUPPORTED',
    ],
    ['in trouble', {start: error(500, 'something else'), states: [{json: {Running: false, ExitCode: 0}}]}, 'API'],
  ])('has a name for a container that is %s', async (_what, parts, code) => {
    const {api} = await apiOf(script(parts))
    await expect(api.exec('c', ['x'])).rejects.toMatchObject({code: `VN-VCH-${code}`})
  })

  it('ends in time, and at once when told to, where the command does not end', async () => {
    const stop = new AbortController()
    const start: Answer = {
      raw(response) {
        response.writeHead(200)
        response.write(frame(1, 'begun\n'))
      },
    }
    const {api} = await apiOf(script({start}))
    await expect(api.exec('c', ['x'], {timeoutMs: 50})).rejects.toMatchObject({code: 'VN-VCH-TIMEOUT'})
    const run = api.exec('c', ['x'], {signal: stop.signal})
    stop.abort(new Error('enough'))
    await expect(run).rejects.toThrow('enough')
  })
})

describe('separated', () => {
  it('gives each stream its own bytes, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({min: 1, max: 2}), fc.string())), (pieces) => {
        const {stdout, stderr} = separated(Buffer.concat(pieces.map(([type, text]) => frame(type, text))))
        const of = (wanted: number): string => pieces.map(([type, text]) => (type === wanted ? text : '')).join('')
        expect([stdout.toString(), stderr.toString()]).toEqual([of(1), of(2)])
      }),
    )
  })
})

import {afterEach, describe, expect, it} from '@jest/globals'
import fc from 'fast-check'
import {demultiplexed} from '../../../src/vch/operations/stream-frames.js'
import {apiOf, closeServers} from './scripted-server.js'

afterEach(closeServers)

function frame(type: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(8)
  header[0] = type
  header.writeUInt32BE(payload.length, 4)
  return Buffer.concat([header, payload])
}

const logsOf = (text: Buffer | string) => apiOf(() => ({text}))

describe('containerLogs', () => {
  it('asks for both streams and the tail, and does not follow', async () => {
    const {api, server} = await logsOf('')
    expect(await api.containerLogs('x', {tailLines: 20})).toBe('')
    expect(Object.fromEntries(server.seen[0]?.query ?? [])).toEqual({
      stdout: 'true',
      stderr: 'true',
      follow: 'false',
      tail: '20',
    })
  })

  it('joins frames, also where a letter is cut in two', async () => {
    const letters = Buffer.from('grün\n')
    const {api} = await logsOf(
      Buffer.concat([frame(1, letters.subarray(0, 3)), frame(1, letters.subarray(3)), frame(2, Buffer.from('err\n'))]),
    )
    expect(await api.containerLogs('x')).toBe('grün\nerr\n')
  })

  it('gives a terminal’s log as it is', async () => {
    expect(await (await logsOf('plain text\r\n')).api.containerLogs('x')).toBe('plain text\r\n')
    expect(await (await logsOf('{"a":1}')).api.containerLogs('x')).toBe('{"a":1}')
  })

  it('gives at most the lines asked for, whatever the server sends', async () => {
    const {api} = await logsOf(frame(1, Buffer.from('1\n2\n3\n')))
    expect(await api.containerLogs('x', {tailLines: 2})).toBe('2\n3\n')
    expect(await api.containerLogs('x', {tailLines: 0})).toBe('')
  })

  it('says that the container is missing', async () => {
    const {api} = await apiOf(() => ({status: 404, json: {message: 'No such container: x'}}))
    await expect(api.containerLogs('x')).rejects.toMatchObject({code: 'VN-VCH-CONTAINER-MISSING'})
  })
})

describe('demultiplexed', () => {
  it('gives back the payload of any frames', () => {
    const piece = fc.tuple(fc.integer({min: 0, max: 2}), fc.uint8Array())
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const stream = Buffer.concat(pieces.map(([type, payload]) => frame(type, Buffer.from(payload))))
        expect(demultiplexed(stream)).toEqual(Buffer.concat(pieces.map(([, payload]) => Buffer.from(payload))))
      }),
    )
  })

  it('never fails and never invents bytes, whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(demultiplexed(Buffer.from(bytes)).length).toBeLessThanOrEqual(bytes.length)
      }),
    )
  })
})

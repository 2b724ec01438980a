import {describe, expect, it} from '@jest/globals'

import type {ErrorCode} from '../../../../src/model/error-table.js'
import {VicnfsError} from '../../../../src/model/vicnfs-error.js'
import {connectedClients} from '../../../../src/services/share/connected-clients.js'
import type {ExecResult} from '../../../../src/vch/vch-api.js'

const {signal} = new AbortController()

const answering = (result: Partial<ExecResult>) => ({
  exec: () => Promise.resolve({exitCode: 0, stdout: '', stderr: '', ...result}),
})
const failing = (code: ErrorCode) => ({exec: () => Promise.reject(new VicnfsError(code, 'No.'))})

describe('connectedClients', () => {
  it('asks the server’s own share-check, and gives its lines', async () => {
    const asked: unknown[] = []
    const exec = (...words: unknown[]): Promise<ExecResult> => {
      asked.push(words.slice(0, 2))
      return Promise.resolve({exitCode: 0, stdout: '10.9.0.7\nfd00::7\n', stderr: ''})
    }
    expect(await connectedClients({exec}, 'c', {signal})).toEqual(['10.9.0.7', 'fd00::7'])
    expect(asked).toEqual([['c', ['share-check', 'clients']]])
  })

  it('knows nobody from unknown', async () => {
    expect(await connectedClients(answering({}), 'c', {signal})).toEqual([])
    expect(
      await connectedClients(answering({exitCode: 2, stderr: 'usage: share-check'}), 'c', {signal}),
    ).toBeUndefined()
    expect(await connectedClients(answering({exitCode: 126}), 'c', {signal})).toBeUndefined()
  })

  it.each<ErrorCode>(['VN-VCH-UNSUPPORTED', 'VN-VCH-CONTAINER-STOPPED', 'VN-VCH-TIMEOUT'])(
    'cannot tell after %s',
    async (code) => {
      expect(await connectedClients(failing(code), 'c', {signal})).toBeUndefined()
    },
  )

  it('does not take a VCH that is away for a server without clients', async () => {
    const asked = connectedClients(failing('VN-VCH-UNREACHABLE'), 'c', {signal})
    await expect(asked).rejects.toMatchObject({code: 'VN-VCH-UNREACHABLE'})
  })

  it('ends when it is told to', async () => {
    const stop = new AbortController()
    stop.abort(new Error('enough'))
    await expect(connectedClients(failing('VN-VCH-TIMEOUT'), 'c', stop)).rejects.toThrow('enough')
  })
})

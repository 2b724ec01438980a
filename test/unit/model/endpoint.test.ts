import {describe, expect, it} from '@jest/globals'
import {endpointPort, formatEndpoint, parseEndpoint} from '../../../src/model/endpoint.js'

describe('parseEndpoint', () => {
  it.each([
    ['tcp://10.0.0.5:2376', {kind: 'tcp', host: '10.0.0.5', port: 2376}],
    ['10.0.0.5:2376', {kind: 'tcp', host: '10.0.0.5', port: 2376}],
    ['VCH.example.com', {kind: 'tcp', host: 'vch.example.com'}],
    ['https://vch:12376/', {kind: 'tcp', host: 'vch', port: 12376, tls: true}],
    ['HTTP://vch', {kind: 'tcp', host: 'vch', tls: false}],
    ['tcp://[fd00::1]:2376', {kind: 'tcp', host: 'fd00::1', port: 2376}],
    ['unix:///run/user/0/v.sock', {kind: 'unix', path: '/run/user/0/v.sock'}],
  ])('reads %s', (text, address) => {
    expect(parseEndpoint(text)).toEqual(address)
  })

  it.each([
    '',
    'tcp://',
    'tcp://h:0',
    'h:65536',
    'h:x',
    'tcp://h:1/path',
    'unix://',
    'unix://run/x',
    'ftp://h',
    '-h:1',
    'a b:1',
    'fd00::1',
  ])('refuses %j', (text) => {
    expect(() => parseEndpoint(text)).toThrow(expect.objectContaining({code: 'VN-VCH-ENDPOINT-BAD', exitCode: 2}))
  })

  it('says what to use in place of ssh and pipes', () => {
    expect(() => parseEndpoint('ssh://bob@h')).toThrow(
      expect.objectContaining({reason: expect.stringContaining('ssh -L')}),
    )
    expect(() => parseEndpoint('npipe:////./pipe/docker_engine')).toThrow(/npipe:\/\/ is not supported/)
  })

  it('never repeats a password', () => {
    const failure = (() => {
      try {
        return parseEndpoint('tcp://bob:hunter2@h:2376')
      } catch (error) {
        return error as Error
      }
    })()
    expect(failure).toBeInstanceOf(Error)
    expect(JSON.stringify([failure, (failure as Error).message, (failure as Error).stack])).not.toContain('hunter2')
  })
})

describe('formatEndpoint', () => {
  it.each([
    ['h', 'tcp://h:2375'],
    ['https://h', 'https://h:2376'],
    ['H:1', 'tcp://h:1'],
    ['tcp://[FD00::1]:1', 'tcp://[fd00::1]:1'],
    ['unix:///a/b', 'unix:///a/b'],
  ])('%s is %s', (text, canonical) => {
    expect(formatEndpoint(parseEndpoint(text))).toBe(canonical)
    expect(formatEndpoint(parseEndpoint(canonical))).toBe(canonical)
  })

  it('knows Docker’s ports', () => {
    expect([endpointPort({tls: true}), endpointPort({}), endpointPort({port: 7, tls: true})]).toEqual([2376, 2375, 7])
  })
})

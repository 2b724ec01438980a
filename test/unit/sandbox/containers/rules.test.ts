import {describe, expect, it} from '@jest/globals'
import fc from 'fast-check'
import {guardCommand, numericUser} from '../../../../src/sandbox/containers/command-guard.js'
import {readRequest} from '../../../../src/sandbox/containers/create-request.js'
import {findImage, fullReference, imageId} from '../../../../src/sandbox/containers/image-catalogue.js'
import {formatIpv4, inRange, parseIpv4, parseIpv4Range} from '../../../../src/sandbox/containers/ipv4.js'
import {openPorts} from '../../../../src/sandbox/containers/server-settings.js'
import {vicBehaviour} from '../../../../src/sandbox/containers/vic-behaviour.js'
import type {NetworkState, TrustLevel} from '../../../../src/sandbox/state/sandbox-state.js'

describe('IPv4', () => {
  it('reads what it writes', () => {
    fc.assert(fc.property(fc.integer({min: 0, max: 2 ** 32 - 1}), (value) => parseIpv4(formatIpv4(value)) === value))
  })

  it.each(['', '1.2.3', '1.2.3.256', 'a.b.c.d', '1.2.3.4.5'])('refuses %j', (text) => {
    expect(() => parseIpv4(text)).toThrow('is no IPv4 address')
  })

  it.each([
    ['127.1.2.40/29', '127.1.2.40', '127.1.2.47'],
    ['127.1.2.10-127.1.2.20', '127.1.2.10', '127.1.2.20'],
    ['127.1.2.3', '127.1.2.3', '127.1.2.3'],
  ])('range %s', (text, first, last) => {
    const range = parseIpv4Range(text)
    expect([formatIpv4(range.first), formatIpv4(range.last)]).toEqual([first, last])
    expect([inRange(first, range), inRange(last, range), inRange('127.1.3.0', range)]).toEqual([true, true, false])
  })
})

describe('releases of VIC', () => {
  it.each([
    ['1.2.0', 'skip', false, true],
    ['v1.4.3', 'skip', false, true],
    ['1.5.0', 'skip', false, true],
    ['1.5.2-rc1', 'exit', false, true],
    ['1.5.2', 'exit', true, true],
    ['1.5.8', 'exit', true, true],
  ])('%s', (version, failedStore, keepsAddress, exec) => {
    expect(vicBehaviour(version)).toMatchObject({failedStore, keepsAddress, exec})
  })
})

describe('commands on mount points', () => {
  const mounts = [{volume: 'v', destination: '/data', readOnly: false, anonymous: false}]

  it.each([
    [['cat', '/data/f']],
    [['sh', '-c', 'echo x >/data']],
    [['sh', '-c', 'cp a "/data/b c"']],
    [['dd', 'of=/data/x']],
  ])('refuses %j', (command) => {
    expect(() => guardCommand(command, mounts)).toThrow('/data by its absolute path')
  })

  it.each([
    [['cat', 'f']],
    [['cat', '/database/f']],
    [['cat', '/x/data/f']],
    [['cat', './data/f']],
    [['cat', '/data.txt']],
  ])('lets %j through', (command) => {
    expect(() => guardCommand(command, mounts)).not.toThrow()
  })

  it.each([
    ['', 0, 0],
    ['7', 7, 7],
    ['7:8', 7, 8],
  ])('user %j', (user, uid, gid) => {
    expect(numericUser(user)).toEqual({uid, gid})
  })
})

describe('images', () => {
  it.each([
    ['busybox', 'busybox:latest'],
    ['docker.io/library/busybox:1', 'busybox:1'],
    ['registry:5000/a/b', 'registry:5000/a/b:latest'],
  ])('%s is %s', (reference, full) => {
    expect(fullReference(reference)).toBe(full)
  })

  it('are found by name, tag and id', () => {
    const images = ['a/nfs-server:1', 'busybox:latest']
    expect(findImage(images, 'busybox')).toBe('busybox:latest')
    expect(findImage(images, 'busybox:1')).toBeUndefined()
    expect(findImage(images, imageId('busybox').slice(0, 12))).toBe('busybox:latest')
  })
})

describe('the server image', () => {
  const request = readRequest({
    HostConfig: {PortBindings: {'111/tcp': [], '2049/tcp': [{HostPort: '2049'}], '9/udp': []}},
  })
  const network = (trust: TrustLevel): NetworkState => ({name: 'n', id: 'i', driver: 'external', trust})
  it.each<[TrustLevel, string, readonly number[] | undefined]>([
    ['published', '1.5.8', [111, 2049]],
    ['open', '1.5.8', undefined],
    ['peers', '1.5.8', undefined],
    ['outbound', '1.5.8', []],
    ['closed', '1.5.8', []],
    ['closed', '1.1.1', undefined],
  ])('on a network of trust %s, VIC %s: %j', (trust, version, open) => {
    expect(openPorts(version, network(trust), request)).toEqual(open)
  })
})

it.each([
  [0, 2048],
  [100 * 2 ** 20, 512],
  [513 * 2 ** 20, 640],
  [1024 * 2 ** 20, 1024],
])('memory of %d bytes is %d MB', (bytes, megabytes) => {
  expect(readRequest({HostConfig: {Memory: bytes}}).memoryMb).toBe(megabytes)
})

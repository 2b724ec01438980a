import {describe, expect, it} from '@jest/globals'
import {capacityMb, readVolumeRequest} from '../../../../src/sandbox/endpoint-vm/volume-request.js'

describe('capacity of a volume', () => {
  it.each([
    [undefined, 1024],
    ['10240', 10_240],
    ['10G', 10_000],
    ['10GB', 10_000],
    ['10 gb', 10_000],
    ['1.5T', 1_500_000],
    ['500KB', 0],
    ['2000000B', 2],
  ])('%s is %d MB', (text, megabytes) => {
    expect(capacityMb(text)).toBe(megabytes)
  })

  it.each(['0', '-1', '10GiB', 'ten', '1.2.3G', '99999999999999P'])('%s is refused', (text) => {
    expect(() => capacityMb(text)).toThrow(/^bad driver value - /)
  })
})

it.each(['9223372036854775808', '99999999999999P', '9223372036855T'])('%s is too large', (text) => {
  expect(() => capacityMb(text)).toThrow(`bad driver value - Capacity value too large: ${text}`)
})

it('looks at the name before the options', () => {
  expect(() => readVolumeRequest({name: '-', driver: 'local', options: {x: ''}, labels: {}})).toThrow('volume name "-"')
})

it('takes the store from an option in any case, `default` without one', () => {
  const request = {name: 'v', driver: 'vsphere', options: {VOLUMESTORE: 'Nfs'}, labels: {}}
  expect(readVolumeRequest(request).store).toBe('Nfs')
  expect(readVolumeRequest({...request, options: {VolumeStore: ''}}).store).toBe('')
  expect(readVolumeRequest({...request, options: {}}).store).toBe('default')
})

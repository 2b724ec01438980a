import {describe, expect, it} from '@jest/globals'

import {wordsOf} from '../../../../src/services/share/server-words.js'

describe('the words of a server container', () => {
  it('are the faults that it names, in their order, whatever stands around them', () => {
    const log = [
      'nfs-server: folder /home/nfs',
      'nfs-server: error: MOUNTD_PORT must be a port number from 1 to 65535, it is "0"',
      'nfs-server: warning: something else',
      'nfs-server: error: LOCKD_PORT must be a port number from 1 to 65535, it is "x"',
      'nfs-server: stopped',
    ]
    expect(wordsOf(log.join('\n'))).toEqual([
      'MOUNTD_PORT must be a port number from 1 to 65535, it is "0"',
      'LOCKD_PORT must be a port number from 1 to 65535, it is "x"',
    ])
  })

  it('are the last lines of an image that names no fault', () => {
    expect(wordsOf('one\n\ntwo\nthree\nfour\n')).toEqual(['two', 'three', 'four'])
    expect(wordsOf('the word nfs-server: error: in the middle of a line\n')).toHaveLength(1)
  })

  it('are none where there is no log', () => {
    expect(wordsOf('')).toEqual([])
    expect(wordsOf('\n \n')).toEqual([])
  })
})

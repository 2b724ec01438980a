import {describe, expect, it} from '@jest/globals'

import {linesOf, missingOptions, mountOf, wordOf} from '../../../../src/services/verification/proof-words.js'

/** What Debian's kernel shows of a mount with VIC's options, as the script of the proof prints it. */
const RECORDED =
  'mount:nfs rw,noatime,vers=3,rsize=131072,wsize=131072,namlen=255,hard,nolock,proto=tcp,timeo=600,retrans=2,sec=sys,' +
  'mountaddr=10.98.0.3,mountvers=3,mountport=4001,mountproto=tcp,local_lock=all,addr=10.98.0.3 ' +
  '10.98.0.3:/srv/other\\040share/volumes/shared'

describe('words of a container', () => {
  it('are told by their key, the last one counts', () => {
    const log = 'fs:nfs\r\n\n read:first\nread: second: half \n'
    expect([wordOf(log, 'fs'), wordOf(log, 'read'), wordOf(log, 'sum')]).toEqual(['nfs', 'second: half', undefined])
    expect(linesOf(log)).toEqual(['fs:nfs', 'read:first', 'read: second: half'])
  })

  it('name the mount as the kernel has it', () => {
    const mount = mountOf(`${RECORDED}\nfs:nfs\n`)
    expect(mount).toMatchObject({type: 'nfs', source: '10.98.0.3:/srv/other\\040share/volumes/shared'})
    expect(mount && missingOptions(mount)).toEqual([])
  })

  it('show what a mount lacks', () => {
    const mount = mountOf(RECORDED.replace(',hard', ',soft').replace('vers=3', 'vers=4.2'))
    expect(mount && missingOptions(mount)).toEqual(['vers=3', 'hard'])
  })

  it.each(['', 'fs:nfs', 'mount:', 'mount:nfs rw'])('are no mount: %j', (log) => {
    expect(mountOf(log)).toBeUndefined()
  })
})

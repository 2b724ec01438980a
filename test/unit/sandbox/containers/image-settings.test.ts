import {describe, expect, it} from '@jest/globals'
import {readImageSettings, settingFaults} from '../../../../src/sandbox/containers/image-settings.js'
import {BAD_SETTINGS} from '../../../helpers/bad-settings.js'

describe('settings of the server image', () => {
  it('have the defaults of the original; an empty variable is one that is not set', () => {
    const defaults = {
      exportFolder: '/home/nfs',
      mountdPort: 32_767,
      exportOptions: '*(rw,no_root_squash,no_subtree_check)',
      backend: 'auto',
      requireMount: false,
      parked: false,
      parkedDirectories: [],
    }
    expect(readImageSettings([])).toEqual(defaults)
    const empty = ['EXPORT_FOLDER=', 'MOUNTD_PORT=', 'PARKED=', 'EXPORT_MODE=', 'EXPORT_FSID=', 'NFSD_THREADS=']
    expect([settingFaults(empty), readImageSettings(empty)]).toEqual([[], defaults])
  })

  it('are read', () => {
    const env = [
      ...['EXPORT_FOLDER=//a b//c/', 'MOUNTD_PORT=900', 'LOCKD_PORT=901', 'EXPORT_OPTS=*(ro)', 'NFS_BACKEND=ganesha'],
      ...[
        'REQUIRE_MOUNT=1',
        'PARKED=1',
        'PARKED_DIRECTORIES=web:a b/c',
        'EXPORT_UID=1',
        'EXPORT_GID=4294967294',
        'EXPORT_MODE=1777',
      ],
      'EXPORT_FSID=0F8FAD5B-D9CB-469F-A165-70867728950E',
    ]
    expect(settingFaults(env)).toEqual([])
    expect(readImageSettings(env)).toEqual({
      ...{exportFolder: '/a b/c', mountdPort: 900, exportOptions: '*(ro)', backend: 'ganesha'},
      ...{
        requireMount: true,
        parked: true,
        parkedDirectories: ['web', 'a b/c'],
        exportUid: 1,
        exportGid: 4_294_967_294,
        exportMode: 0o1777,
      },
      exportFsid: '0f8fad5b-d9cb-469f-a165-70867728950e',
    })
  })

  it.each(BAD_SETTINGS)(
    '%s ends with %i for each of its bad values, with one line that names it',
    (name, exitCode, values) => {
      for (const value of values) {
        const faults = settingFaults([`${name}=${value}`])
        expect({value, codes: faults.map((fault) => fault.exitCode)}).toEqual({value, codes: [exitCode]})
        expect(faults[0]?.text).toMatch(new RegExp(`^[^\\p{Cc}]*\\b${name}\\b[^\\p{Cc}]+$`, 'u'))
      }
    },
  )

  it.each([
    ...['*', '10.0.0.1', '10.0.0.0/8', '10.0.0.0/255.255.128.0', '0.0.0.0/0', '2001:db8::/32', '::1', '@group'],
    ...['host', 'my-host_1.example.com', '*.example.com', 'h?st', 'n[0-9]x'],
  ])('take the client %s', (client) => {
    expect(settingFaults([`EXPORT_OPTS=${client}(rw,) *`])).toEqual([])
  })

  it('show all their faults at once, in the order of the codes, whatever the order of the variables', () => {
    const env = ['EXPORT_FSID=x', 'PARKED=x', 'EXPORT_OPTS=*(a,b)', 'LOCKD_PORT=0', 'MOUNTD_PORT=0', 'EXPORT_FOLDER=x']
    expect(settingFaults(env).map(({exitCode}) => exitCode)).toEqual([10, 11, 12, 14, 14, 17, 19])
  })
})

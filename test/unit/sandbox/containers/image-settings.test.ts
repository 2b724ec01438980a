import {describe, expect, it} from '@jest/globals'
import {readImageSettings, settingFaults} from '../../../../src/sandbox/containers/image-settings.js'

describe('settings of the server image', () => {
  it('have the defaults of the original; an empty variable is one that is not set', () => {
    const defaults = {
      exportFolder: '/home/nfs',
      mountdPort: 32_767,
      exportOptions: '*(rw,no_root_squash,no_subtree_check)',
      backend: 'auto',
      requireMount: false,
      parked: false,
    }
    expect(readImageSettings([])).toEqual(defaults)
    const empty = ['EXPORT_FOLDER=', 'MOUNTD_PORT=', 'PARKED=', 'EXPORT_MODE=', 'EXPORT_FSID=', 'NFSD_THREADS=']
    expect([settingFaults(empty), readImageSettings(empty)]).toEqual([[], defaults])
  })

  it('are read', () => {
    const env = [
      ...['EXPORT_FOLDER=//a b//c/', 'MOUNTD_PORT=900', 'LOCKD_PORT=901', 'EXPORT_OPTS=*(ro)', 'NFS_BACKEND=ganesha'],
      ...['REQUIRE_MOUNT=1', 'PARKED=1', 'EXPORT_UID=1', 'EXPORT_GID=4294967294', 'EXPORT_MODE=1777'],
      'EXPORT_FSID=0F8FAD5B-D9CB-469F-A165-70867728950E',
    ]
    expect(settingFaults(env)).toEqual([])
    expect(readImageSettings(env)).toEqual({
      ...{exportFolder: '/a b/c', mountdPort: 900, exportOptions: '*(ro)', backend: 'ganesha'},
      ...{requireMount: true, parked: true, exportUid: 1, exportGid: 4_294_967_294, exportMode: 0o1777},
      exportFsid: '0f8fad5b-d9cb-469f-a165-70867728950e',
    })
  })

  it.each([
    ['EXPORT_FOLDER', 10, ['home', '/', '//', '/a/../b', '/./a', '/a/.', '/a"b', '/a\\b', '/a\nb', '/proc/x', '/run']],
    ['MOUNTD_PORT', 11, ['0', '70000', 'text', '-1', '1.5', ' 900', '0900']],
    ['LOCKD_PORT', 12, ['0', '65536', 'x']],
    ['MOUNTD_PORT', 13, ['111', '2049', '32768']],
    ['LOCKD_PORT', 13, ['111', '2049', '32767']],
    ['EXPORT_OPTS', 14, ['*(rw', '*(bogus)', '*(rw,fsid=1)', '(rw)', ' ', '*(anonuid=-2)', '*(sec=krb5)', '*(rw)\n*']],
    ['NFS_BACKEND', 15, ['Kernel', 'unfs3']],
    ['NFSD_THREADS', 16, ['0', '257', 'many']],
    ['REQUIRE_MOUNT', 17, ['yes', '2', 'true']],
    ['PARKED', 17, ['no', '01']],
    ['EXPORT_UID', 18, ['root', '4294967295', '-1']],
    ['EXPORT_GID', 18, ['x', '4294967295']],
    ['EXPORT_MODE', 18, ['8', '77777', 'rwx', '0o755']],
    ['EXPORT_FSID', 19, ['1', '0f8fad5bd9cb469fa16570867728950e', 'root']],
  ])('%s ends with %i for each of its bad values, with one line that names it', (name, exitCode, values) => {
    for (const value of values) {
      const faults = settingFaults([`${name}=${value}`])
      expect({value, codes: faults.map((fault) => fault.exitCode)}).toEqual({value, codes: [exitCode]})
      expect(faults[0]?.text).toMatch(new RegExp(`^[^\\p{Cc}]*\\b${name}\\b[^\\p{Cc}]+$`, 'u'))
    }
  })

  it('show all their faults at once, in the order of the codes, whatever the order of the variables', () => {
    const env = ['EXPORT_FSID=x', 'PARKED=x', 'EXPORT_OPTS=*(a,b)', 'LOCKD_PORT=0', 'MOUNTD_PORT=0', 'EXPORT_FOLDER=x']
    expect(settingFaults(env).map(({exitCode}) => exitCode)).toEqual([10, 11, 12, 14, 14, 17, 19])
  })
})

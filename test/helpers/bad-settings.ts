/** Values that the server image must refuse: name of the setting, the exit code of its own, the values. */
export const BAD_SETTINGS: readonly (readonly [name: string, exitCode: number, values: readonly string[]])[] = [
  [
    'EXPORT_FOLDER',
    10,
    [
      ...['home', '/', '//', '/a/../b', '/./a', '/a/.', '/a"b', '/a\\b', '/a\nb', '/proc/x', '/run', '/etc', '/var/'],
      ...['"/home/nfs"', '/with "quotes"', '/home/./nfs', '/var/run/x', '/var/lock', '/lib/x'],
    ],
  ],
  ['MOUNTD_PORT', 11, ['0', '70000', 'text', '-1', '1.5', ' 900', '0900', '32767 ', '99999999999999999999']],
  ['LOCKD_PORT', 12, ['0', '65536', '3276a']],
  ['MOUNTD_PORT', 13, ['111', '2049', '32768']],
  ['LOCKD_PORT', 13, ['111', '2049', '32767']],
  [
    'EXPORT_OPTS',
    14,
    [
      ...['*(rw', '*(bogus)', '*(rw,fsid=1)', '(rw)', ' ', '*(anonuid=-2)', '*(sec=krb5)', '*(rw)\n*', '*(rw,,sync)'],
      ...['*(rw)(ro)', '* (rw)', '*(rw,anonuid=nobody)', '$(reboot)(rw)'],
      // What a server would pass over, and then serve nobody.
      ...['-foo(rw)', '/etc(rw)', '10.0.0.0/33(rw)', '10.0.0.0/255.0.255.0(rw)', '10.0.0(rw)', 'a[b(rw)', 'a:b(rw)'],
    ],
  ],
  ['NFS_BACKEND', 15, ['Kernel', 'unfs3']],
  ['NFSD_THREADS', 16, ['0', '257', 'many']],
  ['REQUIRE_MOUNT', 17, ['yes', '2', 'true']],
  ['PARKED', 17, ['no', '01']],
  [
    'PARKED_DIRECTORIES',
    17,
    ['/web', 'web:', ':', 'web::batch', 'a//b', '..', 'a/../b', 'web:.', 'a"b', 'a\\b', 'a\nb'],
  ],
  ['EXPORT_UID', 18, ['root', '4294967295', '-1']],
  ['EXPORT_GID', 18, ['x', '4294967295']],
  ['EXPORT_MODE', 18, ['8', '999', '17777', '77777', 'rwx', '0o755']],
  ['EXPORT_FSID', 19, ['1', '0f8fad5bd9cb469fa16570867728950e', 'root']],
]

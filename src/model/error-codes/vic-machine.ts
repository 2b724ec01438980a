import type {ErrorSpec} from './spec.js'

export const VIC_MACHINE_ERRORS = {
  'VN-VICMACHINE-MISSING': {
    kind: 'usage',
    summary: 'vic-machine is not there or cannot be run.',
    cause: 'The path given with --vic-machine names no file, or one that this user may not execute on this system.',
  },
  'VN-VICMACHINE-FOLDER': {
    kind: 'failed',
    summary: 'The folder for a run of vic-machine is not private and empty.',
    cause: 'Output and log of vic-machine must go into a fresh folder that nobody else can read.',
  },
  'VN-VICMACHINE-LOST': {
    kind: 'half-done',
    summary: 'vic-machine may be running, but nobody watches it.',
    cause: 'The runner was killed, or stopped, in the moment in which it started vic-machine.',
  },
  'VN-VICMACHINE-NOT-STARTED': {
    kind: 'failed',
    summary: 'vic-machine was not started; nothing was touched.',
    cause: 'This machine is too busy, its disk does not answer, or the process that was to start it was stopped.',
  },
  'VN-VICMACHINE-UNREADABLE': {
    kind: 'failed',
    summary: 'What vic-machine printed cannot be understood completely.',
    cause:
      'This vic-machine prints something that no release from 1.2.0 to 1.5.8 is known to print, so nothing is built on it.',
  },
  'VN-VICMACHINE-FAILED': {
    kind: 'failed',
    summary: 'vic-machine ended with an error that vicnfs does not know.',
    cause: 'Its own words say why; nothing was changed by this call.',
  },
  'VN-VICMACHINE-TIMEOUT': {
    kind: 'timeout',
    summary: 'vic-machine took too long to answer a question.',
    cause: 'vCenter is slow or cannot be reached from here; nothing was changed.',
  },
  'VN-VICMACHINE-TIMEOUT-AT-ONCE': {
    kind: 'timeout',
    summary: 'vic-machine ran out of time before it touched the VCH.',
    cause: 'Logging in to vCenter and checking the configuration took as long as the whole time limit.',
  },
  'VN-VICMACHINE-PASSWORD-MISSING': {
    kind: 'usage',
    summary: 'The vSphere password is missing or empty.',
    cause:
      'vic-machine never reads a password from anything but a terminal, and would try to log in with an empty one.',
  },
  'VN-VICMACHINE-LOGIN': {
    kind: 'usage',
    summary: 'vCenter refused the user name or the password.',
    cause:
      'They are wrong, or the account is locked or expired; vicnfs does not try again, so as not to lock the account.',
  },
  'VN-VICMACHINE-SETTINGS': {
    kind: 'usage',
    summary: 'vic-machine does not know which vCenter or which user to use.',
    cause: 'The target or the user is missing.',
  },
  'VN-VICMACHINE-TARGET-INVALID': {
    kind: 'usage',
    summary: 'The vic-machine target is not an address that vic-machine can parse.',
    cause: 'A target is written as host, host/datacenter or https://host/datacenter.',
  },
  'VN-VICMACHINE-TARGET-UNKNOWN': {
    kind: 'usage',
    summary: 'The host name in the vic-machine target does not resolve.',
    cause: 'It is misspelt, or the name server of this machine does not know it.',
  },
  'VN-VICMACHINE-TARGET-UNREACHABLE': {
    kind: 'failed',
    summary: 'No vCenter answers at the vic-machine target.',
    cause: 'The host is down, another port is meant, or a firewall stands between.',
  },
  'VN-VICMACHINE-THUMBPRINT-MISSING': {
    kind: 'usage',
    summary: 'The certificate of vCenter is not trusted and no thumbprint was given.',
    cause: 'vCenter has a certificate of its own making; its thumbprint must be checked once and then given.',
  },
  'VN-VICMACHINE-THUMBPRINT-WRONG': {
    kind: 'refused',
    summary: 'The certificate of vCenter has another thumbprint than the one given.',
    cause:
      'The certificate was renewed, the thumbprint is misspelt, or somebody stands between this machine and vCenter.',
  },
  'VN-VICMACHINE-DATACENTER': {
    kind: 'usage',
    summary: 'The datacenter in the vic-machine target is missing or does not exist.',
    cause: 'With more than one datacenter the target must name one, as host/datacenter.',
  },
  'VN-VICMACHINE-COMPUTE-RESOURCE': {
    kind: 'usage',
    summary: 'vic-machine does not know in which cluster to look for the VCH.',
    cause: 'With more than one cluster a VCH is found by its id, or by name and compute resource.',
  },
  'VN-VICMACHINE-VCH-UNKNOWN': {
    kind: 'usage',
    summary: 'There is no such VCH.',
    cause: 'The name or the id is wrong, or the VCH is in another cluster or datacenter.',
  },
  'VN-VICMACHINE-VCH-OFF': {
    kind: 'failed',
    summary: 'The VCH is powered off.',
    cause: 'vic-machine inspect asks the running VCH; only inspect config works while it is off.',
  },
  'VN-VICMACHINE-IN-PROGRESS': {
    kind: 'refused',
    summary: 'The VCH is marked as being configured or upgraded.',
    cause: 'Another vic-machine is at work on it, or one was ended or timed out and left the mark behind.',
  },
  'VN-VICMACHINE-STORES-MISSING': {
    kind: 'refused',
    summary: 'vic-machine refused because an existing volume store was not restated.',
    cause: 'Somebody added a volume store between reading the configuration and changing it.',
  },
  'VN-VICMACHINE-STORES-CHANGED': {
    kind: 'refused',
    summary: 'vic-machine refused because an existing volume store would change its place.',
    cause: 'A volume store can be added, but never moved or removed.',
  },
  'VN-VICMACHINE-STORE-SYNTAX': {
    kind: 'usage',
    summary: 'vic-machine refused the way in which a volume store is written.',
    cause: 'A volume store is written as datastore/path:label or nfs://host/path?uid=…&gid=…:label.',
  },
  'VN-VICMACHINE-DATASTORE-UNKNOWN': {
    kind: 'usage',
    summary: 'A datastore of a volume store does not exist.',
    cause: 'The datastore was renamed, removed or is not mounted on the hosts of the VCH.',
  },
  'VN-VICMACHINE-VALIDATION': {
    kind: 'failed',
    summary: 'vic-machine refused the configuration of the VCH as a whole.',
    cause:
      'configure checks everything again: networks, firewall and licences of the hosts, DRS, datastores. A fault that has nothing to do with the store blocks it.',
  },
  'VN-VICMACHINE-OPS-USER': {
    kind: 'failed',
    summary: 'vCenter refused the operations user that is stored in the VCH.',
    cause: 'Its password has changed since the VCH was made; every configure logs in with it once.',
  },
  'VN-VICMACHINE-UPGRADE-FIRST': {
    kind: 'refused',
    summary: 'The VCH is older than this vic-machine.',
    cause: 'vic-machine configures a VCH of its own version only.',
  },
  'VN-VICMACHINE-NO-SNAPSHOT': {
    kind: 'refused',
    summary: 'There is no snapshot to roll back to.',
    cause: 'The VCH was never configured, was rolled back already, or its snapshot was removed in vSphere.',
  },
  'VN-VICMACHINE-USAGE': {
    kind: 'failed',
    summary: 'This vic-machine does not know an option that vicnfs uses.',
    cause: 'It is no vic-machine of a release from 1.2.0 to 1.5.8.',
  },
} as const satisfies Record<string, ErrorSpec>

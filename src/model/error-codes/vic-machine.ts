import type {ErrorSpec} from './spec.js'

export const VIC_MACHINE_ERRORS = {
  'VN-VICMACHINE-MISSING': {
    kind: 'usage',
    summary: 'vic-machine is not there or cannot be run.',
    cause: 'The path given with --vic-machine names no file, or one that this user may not execute on this system.',
    remedy: 'Give the path of a vic-machine of this system with --vic-machine, and make it executable.',
  },
  'VN-VICMACHINE-FOLDER': {
    kind: 'failed',
    summary: 'The folder for a run of vic-machine is not private and empty.',
    cause: 'Output and log of vic-machine must go into a fresh folder that nobody else can read.',
    remedy: 'Run the same command again, which takes a new folder; nobody else should work in the state directory.',
  },
  'VN-VICMACHINE-LOST': {
    kind: 'half-done',
    summary: 'vic-machine may be running, but nobody watches it.',
    cause: 'The runner was killed, or stopped, in the moment in which it started vic-machine.',
    remedy: 'Look for a running vic-machine, wait for its end, then run the same command again; never end it.',
  },
  'VN-VICMACHINE-NOT-STARTED': {
    kind: 'failed',
    summary: 'vic-machine was not started; nothing was touched.',
    cause: 'This machine is too busy, its disk does not answer, or the process that was to start it was stopped.',
    remedy: 'Run the same command again when the machine is less busy; the VCH is as it was.',
  },
  'VN-VICMACHINE-UNREADABLE': {
    kind: 'failed',
    summary: 'What vic-machine printed cannot be understood completely.',
    cause:
      'This vic-machine prints something that no release from 1.2.0 to 1.5.8 is known to print, so nothing is built on it.',
    remedy: 'Take the vic-machine of a release from 1.2.0 to 1.5.8, and report the line in question.',
  },
  'VN-VICMACHINE-FAILED': {
    kind: 'failed',
    summary: 'vic-machine ended with an error that vicnfs does not know.',
    cause: 'Its own words say why; nothing was changed by this call.',
    remedy: 'Mend what vic-machine names, then run the same command again.',
  },
  'VN-VICMACHINE-TIMEOUT': {
    kind: 'timeout',
    summary: 'vic-machine took too long to answer a question.',
    cause: 'vCenter is slow or cannot be reached from here; nothing was changed.',
    remedy: 'Try again when vCenter answers faster; nothing has to be mended.',
  },
  'VN-VICMACHINE-TIMEOUT-AT-ONCE': {
    kind: 'timeout',
    summary: 'vic-machine ran out of time before it touched the VCH.',
    cause: 'Logging in to vCenter and checking the configuration took as long as the whole time limit.',
    remedy: 'Run the same command again with a longer --vic-machine-timeout.',
  },
  'VN-VICMACHINE-PASSWORD-MISSING': {
    kind: 'usage',
    summary: 'The vSphere password is missing or empty.',
    cause:
      'vic-machine never reads a password from anything but a terminal, and would try to log in with an empty one.',
    remedy: 'Set VIC_MACHINE_PASSWORD, as with read -rs, or run the command on a terminal.',
  },
  'VN-VICMACHINE-LOGIN': {
    kind: 'usage',
    summary: 'vCenter refused the user name or the password.',
    cause:
      'They are wrong, or the account is locked or expired; vicnfs does not try again, so as not to lock the account.',
    remedy: 'Log in with the same name and password at vCenter itself, then set VIC_MACHINE_PASSWORD anew.',
  },
  'VN-VICMACHINE-SETTINGS': {
    kind: 'usage',
    summary: 'vic-machine does not know which vCenter or which user to use.',
    cause: 'The target or the user is missing.',
    remedy: 'Set VIC_MACHINE_TARGET and VIC_MACHINE_USER, or give --target and --user.',
  },
  'VN-VICMACHINE-TARGET-INVALID': {
    kind: 'usage',
    summary: 'The vic-machine target is not an address that vic-machine can parse.',
    cause: 'A target is written as host, host/datacenter or https://host/datacenter.',
    remedy: 'Write the target as VCENTER/DATACENTER, without blanks and without a login.',
  },
  'VN-VICMACHINE-TARGET-UNKNOWN': {
    kind: 'usage',
    summary: 'The host name in the vic-machine target does not resolve.',
    cause: 'It is misspelt, or the name server of this machine does not know it.',
    remedy: 'Check the name of the vCenter, or take its address.',
  },
  'VN-VICMACHINE-TARGET-UNREACHABLE': {
    kind: 'failed',
    summary: 'No vCenter answers at the vic-machine target.',
    cause: 'The host is down, another port is meant, or a firewall stands between.',
    remedy: 'Check host and port of the target, and that this machine reaches vCenter over https.',
  },
  'VN-VICMACHINE-THUMBPRINT-MISSING': {
    kind: 'usage',
    summary: 'The certificate of vCenter is not trusted and no thumbprint was given.',
    cause: 'vCenter has a certificate of its own making; its thumbprint must be checked once and then given.',
    remedy: 'Compare the thumbprint in the error with the one that vCenter shows, then set VIC_MACHINE_THUMBPRINT.',
  },
  'VN-VICMACHINE-THUMBPRINT-WRONG': {
    kind: 'refused',
    summary: 'The certificate of vCenter has another thumbprint than the one given.',
    cause:
      'The certificate was renewed, the thumbprint is misspelt, or somebody stands between this machine and vCenter.',
    remedy:
      'Read the thumbprint from vCenter over a way that you trust, and give it in upper case; do not take it over from the error unseen.',
  },
  'VN-VICMACHINE-DATACENTER': {
    kind: 'usage',
    summary: 'The datacenter in the vic-machine target is missing or does not exist.',
    cause: 'With more than one datacenter the target must name one, as host/datacenter.',
    remedy: 'Name one of the datacenters that the error lists: VCENTER/DATACENTER.',
  },
  'VN-VICMACHINE-COMPUTE-RESOURCE': {
    kind: 'usage',
    summary: 'vic-machine does not know in which cluster to look for the VCH.',
    cause: 'With more than one cluster a VCH is found by its id, or by name and compute resource.',
    remedy: 'Give the VCH by --vch-id, or by --vch with --compute-resource.',
  },
  'VN-VICMACHINE-VCH-UNKNOWN': {
    kind: 'usage',
    summary: 'There is no such VCH.',
    cause: 'The name or the id is wrong, or the VCH is in another cluster or datacenter.',
    remedy: 'Look the VCH up with vic-machine ls, and give its id with --vch-id.',
  },
  'VN-VICMACHINE-VCH-OFF': {
    kind: 'failed',
    summary: 'The VCH is powered off.',
    cause: 'vic-machine inspect asks the running VCH; only inspect config works while it is off.',
    remedy: 'Find out why the endpoint VM is off, power it on in vSphere, and run the same command again.',
  },
  'VN-VICMACHINE-IN-PROGRESS': {
    kind: 'refused',
    summary: 'The VCH is marked as being configured or upgraded.',
    cause: 'Another vic-machine is at work on it, or one was ended or timed out and left the mark behind.',
    remedy:
      'See in vSphere whether somebody is at work on the VCH. Once nobody is, run the same command with --reset-progress.',
  },
  'VN-VICMACHINE-STORES-MISSING': {
    kind: 'refused',
    summary: 'vic-machine refused because an existing volume store was not restated.',
    cause: 'Somebody added a volume store between reading the configuration and changing it.',
    remedy:
      'Make sure that nobody else configures this VCH, then run the same command again: it reads the stores anew.',
  },
  'VN-VICMACHINE-STORES-CHANGED': {
    kind: 'refused',
    summary: 'vic-machine refused because an existing volume store would change its place.',
    cause: 'A volume store can be added, but never moved or removed.',
    remedy:
      'Make sure that nobody else configures this VCH, then run the same command again: it reads the stores anew.',
  },
  'VN-VICMACHINE-STORE-SYNTAX': {
    kind: 'usage',
    summary: 'vic-machine refused the way in which a volume store is written.',
    cause: 'A volume store is written as datastore/path:label or nfs://host/path?uid=…&gid=…:label.',
    remedy: 'Take a label and a path of plain letters, digits, - and _.',
  },
  'VN-VICMACHINE-DATASTORE-UNKNOWN': {
    kind: 'usage',
    summary: 'A datastore of a volume store does not exist.',
    cause: 'The datastore was renamed, removed or is not mounted on the hosts of the VCH.',
    remedy: 'Bring the datastore back under its old name: vic-machine needs every store of the VCH restated.',
  },
  'VN-VICMACHINE-VALIDATION': {
    kind: 'failed',
    summary: 'vic-machine refused the configuration of the VCH as a whole.',
    cause:
      'configure checks everything again: networks, firewall and licences of the hosts, DRS, datastores. A fault that has nothing to do with the store blocks it.',
    remedy: 'Mend in vSphere what the error lists, then run the same command again; the VCH is as it was.',
  },
  'VN-VICMACHINE-OPS-USER': {
    kind: 'failed',
    summary: 'vCenter refused the operations user that is stored in the VCH.',
    cause: 'Its password has changed since the VCH was made; every configure logs in with it once.',
    remedy: 'Give the VCH the new password of that user with vic-machine configure --ops-user, which asks for it.',
  },
  'VN-VICMACHINE-UPGRADE-FIRST': {
    kind: 'refused',
    summary: 'The VCH is older than this vic-machine.',
    cause: 'vic-machine configures a VCH of its own version only.',
    remedy: 'Take the vic-machine of the release of the VCH, or upgrade the VCH.',
  },
  'VN-VICMACHINE-NO-SNAPSHOT': {
    kind: 'refused',
    summary: 'There is no snapshot to roll back to.',
    cause: 'The VCH was never configured, was rolled back already, or its snapshot was removed in vSphere.',
    remedy: 'There is nothing to go back to: leave the share served. `vicnfs history` shows what was done.',
  },
  'VN-VICMACHINE-USAGE': {
    kind: 'failed',
    summary: 'This vic-machine does not know an option that vicnfs uses.',
    cause: 'It is no vic-machine of a release from 1.2.0 to 1.5.8.',
    remedy: 'Point --vic-machine at the original program of the release of the VCH.',
  },
} as const satisfies Record<string, ErrorSpec>

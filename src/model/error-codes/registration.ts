import type {ErrorSpec} from './spec.js'

/** How a registration, an un-registration or a verification can end other than well. */
export const REGISTRATION_ERRORS = {
  'VN-PLAN-REFUSED': {
    kind: 'refused',
    summary: 'The plan holds a store that cannot be registered.',
    cause: 'VIC never changes or removes an existing store, and takes each label and each place once.',
    remedy:
      'Take another label or another place, or leave the store as it is; where the stores changed meanwhile, run the command again.',
  },
  'VN-VIC-UNSUPPORTED': {
    kind: 'refused',
    summary: 'This release of VIC is not supported.',
    cause: 'vicnfs knows VIC 1.2.0 to 1.5.8; before 1.2.0 vic-machine has no configure.',
    remedy: 'Upgrade the VCH, or leave it to tools of its own time: vicnfs does not guess how a release behaves.',
  },
  'VN-VICMACHINE-RELEASE': {
    kind: 'refused',
    summary: 'vic-machine and the VCH are of different releases.',
    cause: 'A vic-machine of another release reads or writes the configuration of the VCH wrongly.',
    remedy: 'Point --vic-machine at the vic-machine of the very release of the VCH.',
  },
  'VN-CONFIGURE-REFUSED': {
    kind: 'failed',
    summary: 'vic-machine refused to configure the VCH; nothing was touched.',
    cause: 'vic-machine says why.',
    remedy: 'Mend what vic-machine names, then run the same command again; the VCH is as it was.',
  },
  'VN-CHANGE-RUNNING': {
    kind: 'interrupted',
    summary: 'vicnfs stopped watching; vic-machine goes on.',
    cause: 'A change of a VCH is never cut off half-way.',
    remedy: 'Run the same command again: it waits for vic-machine and goes on from there. Never end vic-machine.',
  },
  'VN-ROLLED-BACK': {
    kind: 'rolled-back',
    summary: 'The VCH could not use the store and was rolled back; it is as before.',
    cause: 'The share was not mountable while the VCH booted, or vic-machine failed.',
    remedy:
      'Make the share mountable (vicnfs preflight shows what is missing), then register again; after a time-out with a longer --vic-machine-timeout.',
  },
  'VN-HALF-DONE': {
    kind: 'half-done',
    summary: 'The VCH is half-way through a change.',
    cause: 'A change was begun and neither completed nor rolled back.',
    remedy:
      'Follow the way out in the error step by step, and keep the server container running: the VCH may need it to boot.',
  },
  'VN-VCH-DOWN': {
    kind: 'half-done',
    summary: 'The VCH does not answer.',
    cause: 'It is powered off, or it boots in circles because a volume store is unreachable.',
    remedy:
      'In vSphere, power the endpoint VM on if it is off; if it boots in circles, make every NFS store that it lists reachable. Then run the same command again.',
  },
  'VN-STORE-DEAD': {
    kind: 'refused',
    summary: 'The server of another NFS store of the VCH is not there, and the change would restart the VCH.',
    cause: 'From VIC 1.5.2 on a VCH boots in circles, without its Docker API, while one of its NFS stores is dead.',
    remedy: 'Start the server of the named store again with the printed command, then run the same command again.',
  },
  'VN-STORE-NOT-ONLINE': {
    kind: 'half-done',
    summary: 'The store is configured, but the VCH does not use it.',
    cause: 'The share was not mountable when the VCH booted (VIC before 1.5.2 leaves the store out in silence).',
    remedy:
      'Make the share mountable, restart the endpoint VM in vSphere, and run the registration again. `vicnfs rollback --reset-progress` takes it back instead, from VIC 1.5.3 on.',
  },
  'VN-STORE-UNKNOWN': {
    kind: 'usage',
    summary: 'The VCH has no volume store of this label.',
    cause: 'The label is mistyped, or the store is not registered.',
    remedy: 'Take a label that the error lists, or register the store first; capitals count.',
  },
  'VN-VERIFY-FAILED': {
    kind: 'proof',
    summary: 'Two containers do not share data through the store.',
    cause: 'What one container wrote, the other one could not read.',
    remedy:
      'Run vicnfs preflight on the URL of the store, and look whether its server container runs. Nothing of the proof was left behind.',
  },
  'VN-VERIFY-NOT-SHARED': {
    kind: 'usage',
    summary: 'The store is on a datastore, and its volumes are not shared.',
    cause: 'A VMDK volume attaches to one running container at a time, so there is nothing to prove.',
    remedy: 'Verify a store whose URL begins with nfs://.',
  },
  'VN-VERIFY-NON-ROOT': {
    kind: 'proof',
    summary: 'Containers that do not run as root cannot write to the store.',
    cause: 'VIC makes the folder of a volume 0755 for the uid of the store.',
    remedy:
      "Give the store the uid and gid of the containers when it is made (--uid, --gid), or let their images run as the store's uid.",
  },
} as const satisfies Record<string, ErrorSpec>

import type {ErrorSpec} from './spec.js'

/** Trouble with the emulated VCH itself. */
export const SANDBOX_ERRORS = {
  'VN-SANDBOX-PLATFORM': {
    kind: 'failed',
    summary: 'The sandbox runs on Linux only.',
    cause: 'It needs loopback addresses beyond 127.0.0.1 and the process table under /proc.',
    remedy: 'Run the sandbox on Linux, also in a virtual machine or WSL 2.',
  },
  'VN-SANDBOX-NAME': {
    kind: 'usage',
    summary: 'The name of a sandbox cannot be used.',
    cause:
      'A name consists of letters, digits, dots, dashes and underscores, begins with a letter or digit, and has at most 60 characters.',
    remedy: 'Take a short name of letters, digits, dots, dashes and underscores.',
  },
  'VN-SANDBOX-VERSION': {
    kind: 'usage',
    summary: 'The sandbox does not emulate that release.',
    cause: 'Releases of VIC differ in what they do, and only some are emulated.',
    remedy: 'Take a release that the error lists.',
  },
  'VN-SANDBOX-STORE': {
    kind: 'usage',
    summary: 'A volume store for the new sandbox cannot be read.',
    cause: 'Stores are written as vic-machine takes them: place, colon, label.',
    remedy: 'Write it as vic-machine takes it, such as datastore1/volumes:default.',
  },
  'VN-SANDBOX-DIFFERENT': {
    kind: 'refused',
    summary: 'A sandbox of that name exists and is of another release.',
    cause: 'A sandbox keeps its release for life.',
    remedy: 'Take another name, or remove the old one first: vicnfs sandbox stop NAME --remove.',
  },
  'VN-SANDBOX-EXISTS': {
    kind: 'usage',
    summary: 'A sandbox of that name is there already.',
    cause: 'What was asked for begins with a new one.',
    remedy: 'Remove the one that is left with the command shown.',
  },
  'VN-SANDBOX-FOLDER': {
    kind: 'failed',
    summary: 'The private folder of the sandboxes cannot be trusted or used.',
    cause:
      'Whoever reaches the socket of a sandbox runs commands as its owner, so its folder must belong to you alone.',
    remedy: 'Let the folder belong to you alone (mode 0700), or set XDG_RUNTIME_DIR to one that does.',
  },
  'VN-SANDBOX-PATH': {
    kind: 'usage',
    summary: 'The path of the socket of the sandbox is too long.',
    cause: 'A unix socket takes a path of at most 100 bytes here.',
    remedy: 'Take a shorter name, or set XDG_RUNTIME_DIR to a shorter folder.',
  },
  'VN-SANDBOX-ADDRESS': {
    kind: 'failed',
    summary: 'No loopback network or port is free for the sandbox.',
    cause: 'Another sandbox holds the addresses, or another program the ports.',
    remedy: 'Stop sandboxes that are not needed any more: vicnfs sandbox stop NAME.',
  },
  'VN-SANDBOX-STATE': {
    kind: 'failed',
    summary: 'The state of the sandbox cannot be read.',
    cause: 'Its state.json is damaged or from another version of vicnfs.',
    remedy: 'Remove the sandbox and start a new one: vicnfs sandbox stop NAME --remove.',
  },
  'VN-SANDBOX-START': {
    kind: 'failed',
    summary: 'The sandbox did not start.',
    cause: 'Its process ended before it answered; daemon.log in its folder says why.',
    remedy: 'Read daemon.log in its folder, or remove it and start a new one.',
  },
  'VN-SANDBOX-TIMEOUT': {
    kind: 'timeout',
    summary: 'The sandbox did not answer in time.',
    cause: 'The machine is very busy, or the process of the sandbox hangs.',
    remedy: 'Try again when the machine is less busy; daemon.log in its folder says what it does.',
  },
  'VN-SANDBOX-STOP': {
    kind: 'failed',
    summary: 'Processes of the sandbox are still running.',
    cause: 'They could not be ended, even by SIGKILL.',
    remedy: 'See what the processes that the error names wait for, and end them by hand.',
  },
  'VN-SANDBOX-VM-TOOL': {
    kind: 'failed',
    summary: 'A program that container VMs need failed.',
    cause: 'It is missing, or this is no Debian system, or you are not root.',
    remedy: 'Run as root on a Debian system, and install the program that the error names.',
  },
  'VN-SANDBOX-VM-START': {
    kind: 'failed',
    summary: 'A container VM did not start.',
    cause: 'Its network or one of its volumes could not be brought up.',
    remedy: 'The words of the container VM in the error say what it lacks.',
  },
  'VN-SANDBOX-VM-LOST': {
    kind: 'failed',
    summary: 'A container VM ended while something was asked of it.',
    cause: 'It was killed, powered itself off, or crashed.',
    remedy: 'Start the container again; its console log says how it ended.',
  },
  'VN-SANDBOX-VM-TIMEOUT': {
    kind: 'timeout',
    summary: 'A container VM did not do in time what was asked of it.',
    cause: 'The machine is very busy, or the VM hangs.',
    remedy: 'Try again when the machine is less busy: without KVM a virtual machine is slow.',
  },
} as const satisfies Record<string, ErrorSpec>

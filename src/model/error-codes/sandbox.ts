import type {ErrorSpec} from './spec.js'

/** Trouble with the emulated VCH itself. */
export const SANDBOX_ERRORS = {
  'VN-SANDBOX-PLATFORM': {
    kind: 'failed',
    summary: 'The sandbox runs on Linux only.',
    cause: 'It needs loopback addresses beyond 127.0.0.1 and the process table under /proc.',
  },
  'VN-SANDBOX-NAME': {
    kind: 'usage',
    summary: 'The name of a sandbox cannot be used.',
    cause:
      'A name consists of letters, digits, dots, dashes and underscores, begins with a letter or digit, and has at most 60 characters.',
  },
  'VN-SANDBOX-VERSION': {
    kind: 'usage',
    summary: 'The sandbox does not emulate that release.',
    cause: 'Releases of VIC differ in what they do, and only some are emulated.',
  },
  'VN-SANDBOX-STORE': {
    kind: 'usage',
    summary: 'A volume store for the new sandbox cannot be read.',
    cause: 'Stores are written as vic-machine takes them: place, colon, label.',
  },
  'VN-SANDBOX-DIFFERENT': {
    kind: 'refused',
    summary: 'A sandbox of that name exists and is of another release.',
    cause: 'A sandbox keeps its release for life.',
  },
  'VN-SANDBOX-EXISTS': {
    kind: 'usage',
    summary: 'A sandbox of that name is there already.',
    cause: 'What was asked for begins with a new one.',
  },
  'VN-SANDBOX-FOLDER': {
    kind: 'failed',
    summary: 'The private folder of the sandboxes cannot be trusted or used.',
    cause:
      'Whoever reaches the socket of a sandbox runs commands as its owner, so its folder must belong to you alone.',
  },
  'VN-SANDBOX-PATH': {
    kind: 'usage',
    summary: 'The path of the socket of the sandbox is too long.',
    cause: 'A unix socket takes a path of at most 100 bytes here.',
  },
  'VN-SANDBOX-ADDRESS': {
    kind: 'failed',
    summary: 'No loopback network or port is free for the sandbox.',
    cause: 'Another sandbox holds the addresses, or another program the ports.',
  },
  'VN-SANDBOX-STATE': {
    kind: 'failed',
    summary: 'The state of the sandbox cannot be read.',
    cause: 'Its state.json is damaged or from another version of vicnfs.',
  },
  'VN-SANDBOX-START': {
    kind: 'failed',
    summary: 'The sandbox did not start.',
    cause: 'Its process ended before it answered; daemon.log in its folder says why.',
  },
  'VN-SANDBOX-TIMEOUT': {
    kind: 'timeout',
    summary: 'The sandbox did not answer in time.',
    cause: 'The machine is very busy, or the process of the sandbox hangs.',
  },
  'VN-SANDBOX-STOP': {
    kind: 'failed',
    summary: 'Processes of the sandbox are still running.',
    cause: 'They could not be ended, even by SIGKILL.',
  },
  'VN-SANDBOX-VM-TOOL': {
    kind: 'failed',
    summary: 'A program that container VMs need failed.',
    cause: 'It is missing, or this is no Debian system, or you are not root.',
  },
  'VN-SANDBOX-VM-START': {
    kind: 'failed',
    summary: 'A container VM did not start.',
    cause: 'Its network or one of its volumes could not be brought up.',
  },
  'VN-SANDBOX-VM-LOST': {
    kind: 'failed',
    summary: 'A container VM ended while something was asked of it.',
    cause: 'It was killed, powered itself off, or crashed.',
  },
  'VN-SANDBOX-VM-TIMEOUT': {
    kind: 'timeout',
    summary: 'A container VM did not do in time what was asked of it.',
    cause: 'The machine is very busy, or the VM hangs.',
  },
} as const satisfies Record<string, ErrorSpec>

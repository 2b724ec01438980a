import {isVicnfsError, VicnfsError} from '../../model/vicnfs-error.js'
import type {CommandRun} from './channel/command-run.js'
import {openControlChannel, type ControlChannel} from './channel/control-channel.js'
import {encodeRecords} from './channel/frames.js'
import {commandRecords, containerRecords, type VmAddress, type VmCommand, type VmContainer} from './container-config.js'
import {qemuArguments, type VmMachine, type VmNic} from './qemu-arguments.js'
import {lastConsoleLines, startQemu, type QemuProcess} from './qemu-process.js'
import {withinLimit} from './within-limit.js'

export interface StartVmOptions {
  readonly machine: VmMachine
  readonly container: VmContainer
  /** Gets the serial console, after what is there. */
  readonly consoleFile: string
  readonly signal?: AbortSignal
  /** Until PID 1 answers; a minute by default. */
  readonly bootTimeoutMs?: number
  /** From then until network and volumes are up; a mount of a dead NFS server hangs. A minute by default. */
  readonly readyTimeoutMs?: number
}

/** A container as a virtual machine of its own, as on a VCH. */
export interface ContainerVm {
  readonly pid: number
  readonly consoleFile: string
  /** The container's command. */
  readonly main: CommandRun
  /** Starts another command in it, as `docker exec` does. */
  run(command: VmCommand): CommandRun
  /**
   * Ordered power-off: TERM to the command, then to all; volumes unmounted.
   * @returns what was not in order, in words; empty when all was
   * @throws VN-SANDBOX-VM-TIMEOUT, after SIGKILL; VN-SANDBOX-VM-LOST when it had been killed
   */
  stop(options?: StopVmOptions): Promise<readonly string[]>
  /** SIGKILL to QEMU; resolves when it is gone. */
  kill(): Promise<void>
  /** QEMU has ended, for whatever reason. */
  readonly ended: Promise<void>
}

export interface StopVmOptions {
  readonly signal?: AbortSignal
  /** For the command, after TERM; ten seconds by default, as Docker has it. */
  readonly graceMs?: number
  /** For everything after that; half a minute by default. */
  readonly timeoutMs?: number
}

const DEFAULTS = {bootTimeoutMs: 60_000, readyTimeoutMs: 60_000, graceMs: 10_000, timeoutMs: 30_000}
/** QEMU's NAT gives its one guest this address. */
const USER_ADDRESS: VmAddress = {address: '10.0.2.15/24', gateway: '10.0.2.2'}

const addressOf = (nic: VmNic): VmAddress =>
  nic.kind === 'user' ? USER_ADDRESS : {address: `${nic.address}/24`, gateway: nic.network.gateway}

/**
 * Boots a container VM and starts its command.
 * @throws VN-SANDBOX-VM-START, VN-SANDBOX-VM-LOST, VN-SANDBOX-VM-TIMEOUT with the last lines of its console;
 * VN-SANDBOX-VM-TOOL; the signal's reason when aborted. The VM is gone then.
 */
export async function startContainerVm(options: StartVmOptions): Promise<ContainerVm> {
  const {machine, container, consoleFile, signal} = options
  signal?.throwIfAborted()
  const enter = machine.nic.kind === 'network' ? machine.nic.network.enter : []
  const qemu = await startQemu(qemuArguments(machine), {enter, consoleFile})
  const channel = openControlChannel(qemu.control)
  const ended = qemu.ended.then(async () => channel.lost(await lost(consoleFile)))
  const inTime = async (what: Promise<unknown>, name: string, timeoutMs: number) =>
    withinLimit(what, {signal, timeoutMs, onTimeout: () => late(name, timeoutMs, consoleFile)})
  try {
    await inTime(channel.booted, 'PID 1', options.bootTimeoutMs ?? DEFAULTS.bootTimeoutMs)
    channel.configure(containerRecords(container, [addressOf(machine.nic)]))
    await inTime(channel.ready, 'its network and volumes', options.readyTimeoutMs ?? DEFAULTS.readyTimeoutMs)
  } catch (error) {
    qemu.kill()
    await ended
    throw await withConsole(error, consoleFile)
  }
  return runningVm({qemu, channel, consoleFile, ended})
}

interface Running {
  readonly qemu: QemuProcess
  readonly channel: ControlChannel
  readonly consoleFile: string
  readonly ended: Promise<void>
}

function runningVm({qemu, channel, consoleFile, ended}: Running): ContainerVm {
  const kill = async () => {
    qemu.kill()
    await ended
  }
  return {
    pid: qemu.pid,
    consoleFile,
    main: channel.main,
    run: (command) => channel.run(encodeRecords(commandRecords(command))),
    stop: async ({signal, graceMs = DEFAULTS.graceMs, timeoutMs = DEFAULTS.timeoutMs} = {}) => {
      channel.powerOff(graceMs)
      const gone = channel.down.then(async (notes) => {
        await ended
        return notes
      })
      const limitMs = graceMs + timeoutMs
      try {
        return await withinLimit(gone, {
          signal,
          timeoutMs: limitMs,
          onTimeout: () => late('its end', limitMs, consoleFile),
        })
      } catch (error) {
        if (signal?.aborted !== true) await kill()
        throw error
      }
    },
    kill,
    ended,
  }
}

/** What PID 1 says is short; why it is so may stand on the console. */
async function withConsole(error: unknown, consoleFile: string): Promise<unknown> {
  if (!isVicnfsError(error) || error.code !== 'VN-SANDBOX-VM-START') return error
  const reason = `The last lines of its console: ${await lastConsoleLines(consoleFile)}`
  return new VicnfsError(error.code, error.message, {reason})
}

async function lost(consoleFile: string): Promise<VicnfsError> {
  const reason = `The last lines of its console: ${await lastConsoleLines(consoleFile)}`
  return new VicnfsError('VN-SANDBOX-VM-LOST', 'The container VM has ended.', {reason})
}

async function late(what: string, timeoutMs: number, consoleFile: string): Promise<VicnfsError> {
  const reason = `The last lines of its console: ${await lastConsoleLines(consoleFile)}`
  const message = `The container VM was waited for ${timeoutMs} ms, in vain: ${what}.`
  return new VicnfsError('VN-SANDBOX-VM-TIMEOUT', message, {reason})
}

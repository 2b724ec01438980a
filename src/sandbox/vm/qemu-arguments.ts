import type {VmNetwork} from './network/vm-network.js'

/** A disk that a VM has. */
export interface VmDisk {
  readonly file: string
  readonly format: 'raw' | 'qcow2' | 'vmdk'
  /** Where it is plugged in: another place gives it another device number in the container. `virtio` by default. */
  readonly bus?: 'virtio' | 'scsi'
}

/** A port of this machine that leads into a VM. */
export interface HostForward {
  readonly host: string
  readonly hostPort: number
  readonly guestPort: number
}

/** The one network card of a VM: in a network of ours, or behind QEMU's own NAT, for which nobody needs to be root. */
export type VmNic =
  | {readonly kind: 'network'; readonly network: VmNetwork; readonly address: string}
  | {readonly kind: 'user'; readonly forwards: readonly HostForward[]}

export interface VmMachine {
  readonly kernel: string
  readonly initrd: string
  /** The container's own disk first, then its volumes, in the order in which they are plugged in. */
  readonly disks: readonly VmDisk[]
  readonly nic: VmNic
  /** 1024 by default; an NFS server with less offers smaller transfers than VIC asks for. */
  readonly memoryMib?: number
  /** 1 by default. */
  readonly cpus?: number
}

/** File descriptor of QEMU's that is the control channel. */
export const CONTROL_FD = 3

const MEMORY_MIB = 1024
/** No KVM: it is not to be had everywhere, and a microvm hangs (facts/nfs-server.md § 6). */
const MACHINE = ['-accel', 'tcg,thread=multi', '-cpu', 'max', '-M', 'q35', '-nodefaults', '-no-user-config']
/** no_timer_check: on a busy machine ticks come late, and the kernel ends with "IO-APIC + timer doesn't work!". */
const KERNEL_COMMAND_LINE = 'console=ttyS0 quiet panic=-1 mitigations=off nokaslr no_timer_check'

/** QEMU's command line for a container VM; console on stdout, control channel on file descriptor 3. */
export function qemuArguments({kernel, initrd, disks, nic, ...size}: VmMachine): string[] {
  return [
    ...MACHINE,
    ...['-m', `${size.memoryMib ?? MEMORY_MIB}M`, '-smp', String(size.cpus ?? 1)],
    ...['-display', 'none', '-no-reboot', '-kernel', kernel, '-initrd', initrd, '-append', KERNEL_COMMAND_LINE],
    ...['-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console'],
    ...['-chardev', `socket,id=control,fd=${CONTROL_FD}`, '-device', 'virtio-serial-pci'],
    ...['-device', 'virtserialport,chardev=control,name=vicnfs.control'],
    ...['-device', 'virtio-rng-pci', '-device', 'virtio-scsi-pci,id=scsi'],
    ...disks.flatMap((disk, index) => diskArguments(disk, `disk${index}`)),
    ...nicArguments(nic),
  ]
}

/**
 * Host cache `writeback`: what the guest has written is in this machine's page cache, and a flush of the guest's goes
 * to the disk below. When only QEMU dies, everything that it took from the guest survives, flushed or not, as on a
 * datastore, which has no volatile cache; what the guest kept in its own memory is lost, and that is what a test of
 * acknowledged writes is about. Formats keep nothing back: a VMDK's grain tables are written through. `unsafe` would
 * lose flushed data with the machine, and a qcow2's tables with QEMU.
 */
function diskArguments({file, format, bus = 'virtio'}: VmDisk, name: string): string[] {
  const blockdev = {
    driver: format,
    'node-name': name,
    cache: {direct: false, 'no-flush': false},
    file: {driver: 'file', filename: file},
  }
  const device = bus === 'virtio' ? 'virtio-blk-pci' : 'scsi-hd,bus=scsi.0'
  return ['-blockdev', JSON.stringify(blockdev), '-device', `${device},drive=${name},write-cache=on`]
}

function nicArguments(nic: VmNic): string[] {
  const forwards = (nic.kind === 'user' ? nic.forwards : [])
    .map(({host, hostPort, guestPort}) => `,hostfwd=tcp:${host}:${hostPort}-:${guestPort}`)
    .join('')
  const backend =
    nic.kind === 'user'
      ? `user,id=net,restrict=off${forwards}`
      : `tap,id=net,script=${nic.network.plugScript.replaceAll(',', ',,')},downscript=no`
  return ['-netdev', backend, '-device', `virtio-net-pci,netdev=net,mac=${macOf(nic)},romfile=`]
}

/** Cards in one network need different hardware addresses, and a VM keeps its own: neighbours remember it. */
function macOf(nic: VmNic): string {
  const numbers = nic.kind === 'user' ? [10, 0, 2, 15] : nic.address.split('.').map(Number)
  return ['52', '54', ...numbers.map((number) => number.toString(16).padStart(2, '0'))].join(':')
}

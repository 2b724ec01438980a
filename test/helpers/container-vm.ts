import {existsSync} from 'node:fs'
import {mkdtemp, readdir, readFile, rm} from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'

import type {VmContainer} from '../../src/sandbox/vm/container-config.js'
import {startContainerVm, type ContainerVm, type StartVmOptions} from '../../src/sandbox/vm/container-vm.js'
import {makeContainerDisk} from '../../src/sandbox/vm/disks/root-disk.js'
import {makeVolumeDisk, volumeLabel, type VolumeDiskOptions} from '../../src/sandbox/vm/disks/volume-disk.js'
import type {GuestKernel} from '../../src/sandbox/vm/kernel/fetch-kernel.js'
import {openVmNetwork, type VmNetwork} from '../../src/sandbox/vm/network/vm-network.js'
import type {VmDisk, VmNic} from '../../src/sandbox/vm/qemu-arguments.js'
import {serverImageDisk} from './server-image-disk.js'
import {vmBootFiles} from './vm-boot-files.js'

/** QEMU emulates a whole machine: where others are at work beside it, a boot takes minutes instead of seconds. */
const BOOT_LIMITS = {bootTimeoutMs: 240_000, readyTimeoutMs: 240_000}
const STOP_LIMITS = {graceMs: 120_000, timeoutMs: 120_000}
const GONE_LIMIT_MS = 120_000

/** A volume on a VMDK. */
export interface TestVolume {
  readonly file: string
  readonly label: string
}

type Limits = Pick<StartVmOptions, 'signal' | 'bootTimeoutMs' | 'readyTimeoutMs'>

export interface BootOptions extends Partial<Omit<VmContainer, 'volumes'>>, Limits {
  /** Of its address in the network, 2 to 254; without it QEMU's NAT, and `forwards`. */
  readonly host?: number
  readonly nic?: VmNic
  /** The container's own disk; a new one by default. */
  readonly disk?: string
  readonly mounts?: readonly {readonly volume: TestVolume; readonly target: string; readonly bus?: VmDisk['bus']}[]
}

/** Container VMs of the server image in a network of their own. */
export interface VmWorld {
  readonly network: VmNetwork
  /** A new disk of a container. */
  containerDisk(): Promise<string>
  /** A new volume. */
  volume(name: string, options?: Partial<VolumeDiskOptions>): Promise<TestVolume>
  boot(options: BootOptions): Promise<ContainerVm>
  /** Resolves when no process runs for VMs of this world. @throws Error when one does not end */
  gone(): Promise<void>
  /** Kills what still runs, and takes everything away. @throws Error when a process or the network is left */
  close(): Promise<void>
}

/** Installs, fetches and makes what the preparation of the run has not. @throws Error when this is not root on Debian */
export async function openVmWorld(): Promise<VmWorld> {
  const [{kernel, initrd}, imageDisk] = [await vmBootFiles(), await serverImageDisk()]
  const folder = await mkdtemp(path.join(os.tmpdir(), 'vicnfs-vm-'))
  const network = await openVmNetwork(folder)
  return worldIn({folder, kernel, initrd, imageDisk, network})
}

interface Place {
  readonly folder: string
  readonly kernel: GuestKernel
  readonly initrd: string
  readonly imageDisk: string
  readonly network: VmNetwork
}

function worldIn(place: Place): VmWorld {
  const {folder, imageDisk, network} = place
  const vms: ContainerVm[] = []
  let made = 0
  const newFile = (kind: string) => path.join(folder, `${(made += 1)}.${kind}`)
  const containerDisk = async () => {
    const file = newFile('qcow2')
    await makeContainerDisk(imageDisk, file)
    return file
  }
  return {
    network,
    containerDisk,
    volume: async (name, options = {}) => {
      const volume = {file: newFile('vmdk'), label: volumeLabel(name)}
      await makeVolumeDisk(volume.file, {sizeMib: 256, label: volume.label, ...options})
      return volume
    },
    boot: async (options) => {
      const settings = startOptions(place, {...options, disk: options.disk ?? (await containerDisk())})
      const vm = await startContainerVm({...settings, consoleFile: newFile('console')})
      vms.push(vm)
      return {...vm, stop: (given) => vm.stop({...STOP_LIMITS, ...given})}
    },
    gone: () => untilGone(() => processesOf(folder)),
    close: async () => {
      await Promise.all(vms.map((vm) => vm.kill()))
      await network.close()
      await untilGone(() => processesOf(folder))
      await rm(folder, {recursive: true, force: true})
      if (existsSync(`/sys/class/net/${network.name}`)) throw new Error(`left behind: ${network.name}`)
    },
  }
}

/** QEMU is gone when this is asked; a script that it has just run ends by itself. @throws Error when one does not */
async function untilGone(processes: () => Promise<readonly string[]>): Promise<void> {
  const limit = AbortSignal.timeout(GONE_LIMIT_MS)
  for (let left = await processes(); left.length > 0; left = await processes()) {
    if (limit.aborted) throw new Error(`left behind: process ${left.join(', ')}`)
    await delay(20)
  }
}

async function processesOf(folder: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const pid of await readdir('/proc')) {
    const command = /^\d+$/.test(pid) ? await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '') : ''
    if (command.includes(folder)) found.push(pid)
  }
  return found
}

function startOptions(place: Place, options: BootOptions & {readonly disk: string}) {
  const {host = 2, nic, disk, mounts = [], signal, bootTimeoutMs, readyTimeoutMs, ...container} = options
  const limits = {signal, bootTimeoutMs, readyTimeoutMs}
  const address = place.network.address(host)
  const volumeDisks = mounts.map(({volume, bus}): VmDisk => ({
    file: volume.file,
    format: 'vmdk',
    ...(bus === undefined ? {} : {bus}),
  }))
  return {
    machine: {
      kernel: place.kernel.image,
      initrd: place.initrd,
      disks: [{file: disk, format: 'qcow2' as const}, ...volumeDisks],
      nic: nic ?? {kind: 'network' as const, network: place.network, address},
    },
    container: {
      hostname: `container-${host}`,
      volumes: mounts.map(({volume, target}) => ({label: volume.label, target})),
      ...container,
    },
    ...BOOT_LIMITS,
    ...(Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined)) as Limits),
  }
}

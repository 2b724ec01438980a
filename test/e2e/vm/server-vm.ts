import {bringStoreOnline, createInStore} from '../../../src/sandbox/endpoint-vm/store-volumes.js'
import type {ContainerVm} from '../../../src/sandbox/vm/container-vm.js'
import type {BootOptions, TestVolume, VmWorld} from '../../helpers/container-vm.js'
import {listenTo, type Talk} from './in-vm.js'

export const DEFAULT_FOLDER = '/home/nfs'
const PORTMAP_PORT = 111

export interface ServerVmOptions extends Pick<BootOptions, 'host' | 'disk' | 'staysUp'> {
  /** At the export folder; without one it is scratch space. */
  readonly volume?: TestVolume
  readonly bus?: 'virtio' | 'scsi'
  readonly env?: Readonly<Record<string, string>>
}

/** The server image as a container VM, ready. */
export interface ServerVm {
  readonly vm: ContainerVm
  readonly address: string
  readonly folder: string
  /** What rc.local says. */
  readonly talk: Talk
  /** Its own line about what is served where. */
  readonly ready: string
}

/** Boots the server image and waits for its own word that the export can be mounted. @throws Error with what it said */
export async function bootServer(world: VmWorld, options: ServerVmOptions = {}): Promise<ServerVm> {
  const {volume, bus, env = {}, host = 2, ...rest} = options
  const folder = env['EXPORT_FOLDER'] ?? DEFAULT_FOLDER
  const place = bus === undefined ? {} : {bus}
  const mounts = volume === undefined ? [] : [{volume, target: folder, ...place}]
  const vm = await world.boot({...rest, host, mounts, command: {args: ['/etc/rc.local'], env}})
  const talk = listenTo(vm.main)
  const [, ready = ''] = await talk.until(/^nfs-server: ready: (.*)\n/m)
  return {vm, talk, ready, folder, address: world.network.address(host)}
}

/** What a VCH does with a new store at its boot, and then to make a volume there. @returns the folder to mount */
export async function volumeOfStore(
  world: VmWorld,
  server: Pick<ServerVm, 'address' | 'folder'>,
  name: string,
): Promise<string> {
  const target = {host: server.address, path: server.folder, uid: 0, gid: 0}
  const dial = {
    portmapPort: PORTMAP_PORT,
    localAddress: world.network.gateway,
    signal: AbortSignal.timeout(300_000),
  }
  await bringStoreOnline(target, dial)
  const metadata = {Driver: 'vsphere', DriverOpts: null, Name: name, Labels: null, AttachHistory: [''], Image: ''}
  await createInStore(target, dial, metadata)
  return `${server.folder}/volumes/${name}`
}

import {text} from 'node:stream/consumers'
import type {ContainerVm} from '../../../src/sandbox/vm/container-vm.js'
import {openVmWorld, type TestVolume, type VmWorld} from '../container-vm.js'
import {isParked, OPEN, type NfsServers, type NfsSubject, type Settings} from './subject.js'

const EXPORT_FOLDER = '/home/nfs'
/** Room for what the suite writes at one time, twice. */
const VOLUME_MIB = 512
const READY = 'nfs-server: ready:'

/** What stays of a server when its VM goes. */
interface Place {
  readonly host: number
  readonly volume: TestVolume
  readonly disk: string
}

/** @throws Error with all that the server said, when it ends without being ready */
async function untilReady({main}: ContainerVm): Promise<void> {
  let said = ''
  main.stderr.setEncoding('utf8').on('data', (part: string) => (said += part))
  for await (const part of main.stdout.setEncoding('utf8')) {
    said += String(part)
    if (!said.includes(READY)) continue
    main.stdout.resume()
    return
  }
  throw new Error(`the server ended without being ready: ${said}`)
}

async function boot(world: VmWorld, {host, volume, disk}: Place, settings: Settings): Promise<ContainerVm> {
  const env = {NFS_BACKEND: 'kernel', REQUIRE_MOUNT: '1', EXPORT_OPTS: OPEN, ...settings}
  const vm = await world.boot({
    ...{host, disk, mounts: isParked(settings) ? [] : [{volume, target: EXPORT_FOLDER}]},
    command: {args: ['/etc/rc.local'], env},
  })
  await untilReady(vm)
  return vm
}

async function runIn(vm: ContainerVm, command: string): Promise<string> {
  const run = vm.run({args: ['/bin/sh', '-c', command], workingDir: EXPORT_FOLDER})
  run.end()
  const [stdout, stderr, {exitCode}] = await Promise.all([text(run.stdout), text(run.stderr), run.exited])
  if (exitCode !== 0) throw new Error(`${command}: ${stderr}`)
  return stdout
}

async function openSubject(world: VmWorld, host: number, given: Settings): Promise<NfsSubject> {
  const volume = await world.volume(`nfs-suite-${host}`, {sizeMib: VOLUME_MIB})
  let place: Place = {host, volume, disk: await world.containerDisk()}
  let settings = given
  let vm = await boot(world, place, settings)
  return {
    ...{host: world.network.address(host), portmapPort: 111, path: EXPORT_FOLDER},
    shell: (command) => runIn(vm, command),
    kill: () => vm.kill(),
    start: async () => void (vm = await boot(world, place, settings)),
    recreate: async (wanted) => {
      await vm.kill()
      place = {...place, disk: await world.containerDisk()}
      settings = wanted
      vm = await boot(world, place, settings)
    },
    close: () => vm.kill(),
  }
}

/** The kernel's NFS server in the server image, each server a container VM with a VMDK volume. */
export async function openKernelServers(): Promise<NfsServers> {
  const world = await openVmWorld()
  let host = 9
  return {
    open: (settings = {}) => openSubject(world, (host += 1), settings),
    close: () => world.close(),
  }
}

import {text} from 'node:stream/consumers'
import type {CommandRun} from '../../../src/sandbox/vm/channel/command-run.js'
import type {VmCommand} from '../../../src/sandbox/vm/container-config.js'
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

/** A server in its VM, which stays up when the server ends. */
interface Running {
  readonly place: Place
  readonly vm: ContainerVm
  readonly server: CommandRun
}

/** @throws Error with all that the server said, when it ends without being ready */
async function untilReady(server: CommandRun): Promise<void> {
  let said = ''
  server.stderr.setEncoding('utf8').on('data', (part: string) => (said += part))
  for await (const part of server.stdout.setEncoding('utf8')) {
    said += String(part)
    if (!said.includes(READY)) continue
    server.stdout.resume()
    return
  }
  throw new Error(`the server ended without being ready: ${said}`)
}

const commandOf = (settings: Settings): VmCommand => ({
  args: ['/etc/rc.local'],
  env: {NFS_BACKEND: 'kernel', REQUIRE_MOUNT: '1', EXPORT_OPTS: OPEN, ...settings},
})

async function boot(world: VmWorld, place: Place, settings: Settings): Promise<Running> {
  const {host, volume, disk} = place
  const mounts = isParked(settings) ? [] : [{volume, target: EXPORT_FOLDER}]
  const vm = await world.boot({host, disk, mounts, command: commandOf(settings), staysUp: true})
  await untilReady(vm.main)
  return {place, vm, server: vm.main}
}

/** A boot takes as long as many tests: the next server may have the VM of one that was stopped in order. */
async function startIn({place, vm}: Running, settings: Settings): Promise<Running> {
  const server = vm.run(commandOf(settings))
  await untilReady(server)
  return {place, vm, server}
}

/** Stops a server in order, and makes its volume what it was when it was new. */
async function retire({vm, server}: Running): Promise<void> {
  server.kill('TERM')
  const {exitCode} = await server.exited
  if (exitCode !== 0) throw new Error(`the server ended with exit code ${exitCode}`)
  await runIn(vm, 'find . -mindepth 1 -maxdepth 1 ! -name lost+found -exec rm -rf {} + && chown 0:0 . && chmod 755 .')
}

async function runIn(vm: ContainerVm, command: string): Promise<string> {
  const run = vm.run({args: ['/bin/sh', '-c', command], workingDir: EXPORT_FOLDER})
  run.end()
  const [stdout, stderr, {exitCode}] = await Promise.all([text(run.stdout), text(run.stderr), run.exited])
  if (exitCode !== 0) throw new Error(`${command}: ${stderr}`)
  return stdout
}

/** Servers that were stopped in order. */
type Spare = Running[]

async function openRunning(
  world: VmWorld,
  options: {host: number; settings: Settings; spare: Spare},
): Promise<Running> {
  const {host, settings, spare} = options
  const before = isParked(settings) ? undefined : spare.pop()
  if (before !== undefined) return startIn(before, settings)
  const volume = await world.volume(`nfs-suite-${host}`, {sizeMib: VOLUME_MIB})
  return boot(world, {host, volume, disk: await world.containerDisk()}, settings)
}

async function openSubject(
  world: VmWorld,
  options: {host: number; settings: Settings; spare: Spare},
): Promise<NfsSubject> {
  const {spare} = options
  let {settings} = options
  let running = await openRunning(world, options)
  const {place} = running
  let isUp = true
  const kill = async (): Promise<void> => {
    isUp = false
    await running.vm.kill()
  }
  const start = async (disk = running.place.disk): Promise<void> => {
    running = await boot(world, {...place, disk}, settings)
    isUp = true
  }
  return {
    ...{host: world.network.address(place.host), portmapPort: 111, path: EXPORT_FOLDER},
    shell: (command) => runIn(running.vm, command),
    kill,
    start: () => start(),
    recreate: async (wanted) => {
      await kill()
      settings = wanted
      await start(await world.containerDisk())
    },
    close: async () => {
      if (!isUp || isParked(settings)) return kill()
      await retire(running)
      spare.push(running)
    },
  }
}

/** The kernel's NFS server in the server image, each server in a container VM with a VMDK volume. */
export async function openKernelServers(): Promise<NfsServers> {
  const world = await openVmWorld()
  const spare: Spare = []
  let host = 9
  return {
    open: (settings = {}) => openSubject(world, {host: (host += 1), settings, spare}),
    close: () => world.close(),
  }
}

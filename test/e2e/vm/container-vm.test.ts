import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'
import {randomBytes} from 'node:crypto'
import {existsSync} from 'node:fs'
import {connect, createServer, type AddressInfo, type Server} from 'node:net'

import {checkVolumeDisk} from '../../../src/sandbox/vm/disks/volume-disk.js'
import type {ContainerVm} from '../../../src/sandbox/vm/container-vm.js'
import {closeOpened} from '../../helpers/close-opened.js'
import {openVmWorld, type TestVolume, type VmWorld} from '../../helpers/container-vm.js'
import {canTestOnDebian} from '../not-tested.js'
import {bash, listenTo, runIn} from './in-vm.js'

const describeOnDebian = canTestOnDebian('container VMs') ? describe : describe.skip

const FOLDER = `/srv/it's a "folder", $HOME`
const ENVIRONMENT = {
  EXPORT_OPTS: `10.0.0.0/8(rw,no_root_squash) *(ro,"x",'y')`,
  ODD: 'a line end\nand $(date) `id` \\ größe ',
  EMPTY: '',
}
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
const inFolder = (name: string): string => quoted(`${FOLDER}/${name}`)
/** What a disk with a slow or no write-back does: only what is synced gets there before the power goes. */
const KEEP_DIRTY =
  'sysctl -qw vm.dirty_writeback_centisecs=0 vm.dirty_expire_centisecs=360000 vm.dirty_ratio=90 vm.dirty_background_ratio=80'

let world: VmWorld
let volume: TestVolume
let vm: ContainerVm
let deviceBefore: string

const bootWithVolume = (options: Partial<Parameters<VmWorld['boot']>[0]> = {}, bus?: 'virtio' | 'scsi') =>
  world.boot({mounts: [{volume, target: FOLDER, ...(bus === undefined ? {} : {bus})}], ...options})

/** @returns the port that it got */
async function listenOn(server: Server, host: string): Promise<number> {
  await new Promise<void>((resolve) => server.listen({host, port: 0}, resolve))
  return (server.address() as AddressInfo).port
}

describeOnDebian('a container VM', () => {
  beforeAll(async () => {
    world = await openVmWorld()
    volume = await world.volume('nfs-vol', {owner: {uid: 1000, gid: 100, mode: 0o770}})
    vm = await bootWithVolume({
      hosts: [['10.9.8.7', 'somewhere']],
      command: {
        args: ['bash', '-c', 'echo started; trap "echo told; exit 7" TERM; while :; do sleep 0.1; done'],
        env: ENVIRONMENT,
      },
      staysUp: true,
    })
  })
  afterAll(() => closeOpened(world))

  it('runs a command with exactly the environment that it was given', async () => {
    const {exitCode, stdout} = await runIn(vm, {args: ['env', '-0'], env: ENVIRONMENT})
    const entries = Object.fromEntries(
      String(stdout)
        .split('\0')
        .slice(0, -1)
        .map((line) => line.split(/=(.*)/s)),
    )
    expect(exitCode).toBe(0)
    expect(entries).toEqual({...ENVIRONMENT, HOME: '/root', PATH: expect.any(String)})
    const main = await bash(vm, `tr '\\0' '\\n' < /proc/$(pgrep -o bash)/environ`)
    for (const [name, value] of Object.entries(ENVIRONMENT)) expect(main).toContain(`${name}=${value}`)
  })

  it('takes and gives bytes as they are, with exit code, folder and user', async () => {
    const data = randomBytes(300_000)
    expect(await runIn(vm, {args: ['cat']}, data)).toEqual({exitCode: 0, stdout: data, stderr: ''})
    const command = {
      args: ['bash', '-c', 'id -u; id -G; pwd; echo no >&2; exit 42'],
      workingDir: '/etc',
      user: '1000:100',
    }
    expect(await runIn(vm, command)).toEqual({exitCode: 42, stdout: Buffer.from('1000\n100\n/etc\n'), stderr: 'no\n'})
    expect(await runIn(vm, {args: ['no-such-program']})).toMatchObject({exitCode: 127})
    const sleeper = vm.run({args: ['sleep', '1000']})
    sleeper.kill('KILL')
    expect(await sleeper.exited).toEqual({exitCode: 137, signal: 9})
  })

  it('has its name, its hosts, its address, the kernel of Debian and modules to load', async () => {
    expect(await bash(vm, 'hostname; getent hosts somewhere; getent hosts container-2')).toMatch(
      /^container-2\n10\.9\.8\.7 +somewhere\n127\.0\.1\.1 +container-2$/,
    )
    expect(await bash(vm, 'modprobe nfsd && modprobe nfs && grep -c nfs /proc/filesystems')).toBe('3')
    const neighbour = createServer((socket) => socket.end('hello'))
    const port = await listenOn(neighbour, world.network.gateway)
    expect(await bash(vm, `cat < /dev/tcp/${world.network.gateway}/${port}`)).toBe('hello')
    neighbour.close()
  })

  it('sees of a volume its data folder only', async () => {
    expect(
      await bash(vm, `ls -A ${quoted(FOLDER)}; stat -c '%u:%g %a' ${quoted(FOLDER)}; mountpoint -q ${quoted(FOLDER)}`),
    ).toBe('1000:100 770')
    deviceBefore = await bash(vm, `stat -c %d ${quoted(FOLDER)}`)
    await bash(vm, `echo kept > ${inFolder('kept')}`)
  })

  it('is stopped in order: the command is told, the volume is clean', async () => {
    const talk = listenTo(vm.main)
    expect(await vm.stop()).toEqual([])
    expect(talk.text()).toBe('started\ntold\n')
    expect(await vm.main.exited).toEqual({exitCode: 7, signal: 0})
    expect(existsSync(`/proc/${vm.pid}`)).toBe(false)
    expect(await checkVolumeDisk(volume.file)).toMatchObject({clean: true})
  })

  it('finds its volume again at another place, under another device number', async () => {
    vm = await bootWithVolume({}, 'scsi')
    expect(await bash(vm, `cat ${inFolder('kept')}`)).toBe('kept')
    expect(await bash(vm, `stat -c %d ${quoted(FOLDER)}`)).not.toBe(deviceBefore)
  })

  it('does not share a volume with another VM', async () => {
    await expect(bootWithVolume({host: 3})).rejects.toMatchObject({
      code: 'VN-SANDBOX-VM-LOST',
      reason: expect.stringMatching(/Failed to get "write" lock/),
    })
  })

  it('that is killed keeps what was synced, and loses what was not', async () => {
    await bash(vm, `${KEEP_DIRTY}; dd if=/dev/urandom of=${inFolder('synced')} bs=64k count=16 conv=fsync`)
    const before = await bash(vm, `sha256sum < ${inFolder('synced')}`)
    await bash(vm, `yes lost | head -c 1048576 > ${inFolder('not synced')}`)
    const waiting = vm.run({args: ['sleep', '1000']})
    await vm.kill()
    await expect(waiting.exited).rejects.toMatchObject({code: 'VN-SANDBOX-VM-LOST'})
    // Control of the check after the ordered stop.
    expect(await checkVolumeDisk(volume.file)).toMatchObject({clean: false})
    vm = await bootWithVolume()
    expect(await bash(vm, `sha256sum < ${inFolder('synced')}`)).toBe(before)
    expect(await bash(vm, `cat ${inFolder('not synced')} 2>/dev/null | wc -c`)).not.toBe('1048576')
    await vm.stop()
  })

  it('behind the NAT of QEMU is reached through ports of this machine, and goes when its command ends', async () => {
    const host = '127.73.0.9'
    const place = createServer()
    const hostPort = await listenOn(place, host)
    await new Promise((resolve) => place.close(resolve))
    const nic = {kind: 'user' as const, forwards: [{host, hostPort, guestPort: 7}]}
    const program =
      'use IO::Socket::INET; $s = IO::Socket::INET->new(LocalPort => 7, Listen => 1) or die; print "up\n"; $c = $s->accept; print $c "hello"; $c->shutdown(1); <$c>; exit 9'
    vm = await world.boot({nic, command: {args: ['perl', '-e', `$| = 1; ${program}`]}})
    await listenTo(vm.main).until(/up/)
    let text = ''
    for await (const part of connect({host, port: hostPort}).setEncoding('utf8')) text += String(part)
    expect(text).toBe('hello')
    expect(await vm.main.exited).toEqual({exitCode: 9, signal: 0})
    await vm.ended
    expect(existsSync(`/proc/${vm.pid}`)).toBe(false)
  })

  it('that cannot mount its volume says so and is gone', async () => {
    const container = {mounts: [{volume: {...volume, label: 'another'}, target: '/x'}]}
    await expect(world.boot(container)).rejects.toMatchObject({
      code: 'VN-SANDBOX-VM-START',
      message: expect.stringContaining('there is no disk with the label another'),
      reason: expect.stringContaining('The last lines of its console'),
    })
    await world.gone()
  })

  it('that does not start in time, or whose start is called off, is gone', async () => {
    await expect(world.boot({bootTimeoutMs: 1})).rejects.toMatchObject({code: 'VN-SANDBOX-VM-TIMEOUT'})
    await expect(world.boot({signal: AbortSignal.timeout(300)})).rejects.toMatchObject({name: 'TimeoutError'})
    await world.gone()
  })
})

import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import {runPreflight} from '../../../src/nfs/preflight/run-preflight.js'
import {judge} from '../../../src/services/verification/judge.js'
import {SCRIPT_A, SCRIPT_B} from '../../../src/services/verification/proof-scripts.js'
import type {ContainerVm} from '../../../src/sandbox/vm/container-vm.js'
import {checkVolumeDisk} from '../../../src/sandbox/vm/disks/volume-disk.js'
import {closeOpened} from '../../helpers/close-opened.js'
import {openVmWorld, type TestVolume, type VmWorld} from '../../helpers/container-vm.js'
import {canTestOnDebian} from '../not-tested.js'
import {bash, listenTo, runIn, type Talk} from './in-vm.js'
import {bootServer, volumeOfStore, type ServerVm} from './server-vm.js'

const describeOnDebian = canTestOnDebian('the NFS server image in container VMs') ? describe : describe.skip

/** VIC's, as the kernel shows them when it has taken them. */
const VIC_OPTIONS = [
  ...['rw', 'noatime', 'vers=3', 'rsize=131072', 'wsize=131072', 'hard', 'nolock', 'proto=tcp', 'timeo=600'],
  ...['sec=sys', 'mountvers=3', 'mountproto=tcp'],
]
const OTHER = {EXPORT_FOLDER: '/srv/other share', MOUNTD_PORT: '4001', LOCKD_PORT: '4002', REQUIRE_MOUNT: '1'}

let world: VmWorld
let volume: TestVolume
let onScratch: ServerVm
let onVolume: ServerVm
/** Two that have volumes of the same server. */
let consumer: ContainerVm
let neighbour: ContainerVm

/** Types lines into a shell, and gives what they say. */
async function type(vm: ContainerVm, talk: Talk, lines: readonly string[]): Promise<string> {
  const before = talk.text().length
  for (const line of [...lines, 'echo "done"." $?"']) vm.main.write(`${line}\n`)
  await talk.until(/done\. \d+\n/)
  return talk.text().slice(before)
}

describeOnDebian('the NFS server image in container VMs', () => {
  beforeAll(async () => {
    world = await openVmWorld()
    volume = await world.volume('nfs-vol')
    const servers = [bootServer(world), bootServer(world, {host: 3, volume, env: OTHER})] as const
    ;[onScratch, onVolume] = await Promise.all(servers)
  })
  afterAll(() => closeOpened(world))

  it('serves scratch space with its defaults, and a volume elsewhere on other ports, by the kernel', async () => {
    const ports = (mountd: number, lockd: number) => `portmap 111, nfsd 2049, mountd ${mountd}, lockd ${lockd}`
    expect(onScratch.ready).toBe(`/home/nfs, kernel nfsd, ${ports(32767, 32768)}`)
    expect(onVolume.ready).toBe(`/srv/other share, kernel nfsd, ${ports(4001, 4002)}`)
    const registered = `rpcinfo -p ${onVolume.address} | awk '$3 == "tcp" && /mountd|nfs$|nlockmgr/ {print $5, $4}' | sort -u`
    expect(await bash(onScratch.vm, registered)).toBe('mountd 4001\nnfs 2049\nnlockmgr 4002')
  })

  it.each([
    ['scratch space', () => onScratch],
    ['a volume', () => onVolume],
  ])('passes the preflight on %s', async (_what, server) => {
    const {address: host, folder: path} = server()
    const report = await runPreflight({host, path, uid: 0, gid: 0})
    expect(report.rungs.filter(({state}) => state === 'failed')).toEqual([])
    expect(report).toMatchObject({passed: true, privilegedPort: true})
  })

  it("shares a store's volume with a container VM by VIC's own mount, both ways", async () => {
    const path = await volumeOfStore(world, onVolume, 'shared')
    const {address: host} = onVolume
    const proof = {host, path: await volumeOfStore(world, onVolume, 'proof'), target: '/vicnfs-proof'}
    const both = [
      world.boot({host: 4, nfsMounts: [{host, path, target: '/mydata'}, proof]}),
      world.boot({host: 6, nfsMounts: [proof]}),
    ] as const
    ;[consumer, neighbour] = await Promise.all(both)
    const [source, target, kind, options = ''] = (await bash(consumer, 'grep " /mydata " /proc/mounts')).split(' ')
    expect([source, target, kind]).toEqual([`${onVolume.address}:${path.replaceAll(' ', '\\040')}`, '/mydata', 'nfs'])
    expect(options.split(',')).toEqual(expect.arrayContaining([...VIC_OPTIONS, `addr=${onVolume.address}`]))

    await bash(consumer, 'dd if=/dev/urandom of=/mydata/data bs=64k count=64 2>/dev/null')
    const written = await bash(consumer, 'sha256sum < /mydata/data')
    expect(await bash(onVolume.vm, `sha256sum < '${path}/data'`)).toBe(written)
    await bash(onVolume.vm, `echo 'from the server' > '${path}/answer'`)
    expect(await bash(consumer, 'cat /mydata/answer')).toBe('from the server')
  })

  it('passes the proof of verify: two container VMs with the volume at once, as their kernels see it', async () => {
    const place = {workingDir: '/vicnfs-proof', env: {VICNFS_TEXT: 'hello', VICNFS_SECONDS: '300'}}
    const a = consumer.run({...place, args: ['sh', '-c', SCRIPT_A]})
    const says = listenTo(a)
    await says.until(/^holds$/m)
    const b = await runIn(neighbour, {...place, args: ['sh', '-c', SCRIPT_B]})
    expect([b.exitCode, b.stderr, await a.exited]).toEqual([0, '', {exitCode: 0, signal: 0}])
    const evidence = judge(
      {
        ...{aWrote: 'hello', bWrote: 'hello', a: says.text(), b: String(b.stdout)},
        ...{metAtOnce: true, nonRoot: {exitCode: 0, log: ''}, tookMs: {a: 1, b: 1, back: 1, nonRoot: 1}},
      },
      {user: undefined},
    )
    expect(evidence.filter(({outcome}) => outcome !== 'proven')).toEqual([
      expect.objectContaining({id: 'append-at-once', detail: expect.stringMatching(/^\d+ of 100 lines were kept/)}),
    ])
  })

  it('lists its clients, for as long as they are there', async () => {
    const addresses = [4, 6].map((host) => world.network.address(host))
    expect(await bash(onVolume.vm, 'share-check clients')).toBe(addresses.join('\n'))
    // They unmount, and the end of their connections reaches the server a moment later.
    expect(await Promise.all([consumer.stop(), neighbour.stop()])).toEqual([[], []])
    const untilGone = 'while [ -n "$(share-check clients)" ]; do sleep 0.05; done; echo gone'
    expect(await bash(onVolume.vm, untilGone)).toBe('gone')
  })

  it('is used by a client from the same image as the user wrote it down', async () => {
    const client = await world.boot({host: 5, command: {args: ['/bin/bash']}})
    const talk = listenTo(client.main)
    const said = await type(client, talk, [
      'modprobe nfs',
      'service rpcbind start',
      'service nfs-common start',
      'mkdir /mnt/nfs-share',
      `echo '${onScratch.address}:/home/nfs /mnt/nfs-share   nfs  defaults,noauto,user 0 0' > /etc/fstab`,
      'mount /mnt/nfs-share',
      'touch /mnt/nfs-share/hello',
      'ls /mnt/nfs-share',
    ])
    expect(said).toMatch(/^hello\n(.*\n)*done\. 0\n$/m)
    expect(await bash(onScratch.vm, 'ls /home/nfs')).toMatch(/^hello$/m)
    expect(await bash(client, 'pidof rpcbind rpc.statd | wc -w')).toBe('2')
    expect(await bash(client, 'grep " /mnt/nfs-share " /proc/mounts')).toMatch(/ nfs rw,.*vers=3,/)

    // The other folder, whose name has a blank; fstab(5) writes it in octal.
    await bash(
      client,
      `
      echo '${onVolume.address}:/srv/other\\040share /mnt/other nfs defaults,noauto,user 0 0' >> /etc/fstab
      mkdir /mnt/other && mount /mnt/other && touch '/mnt/other/hello too' && umount /mnt/other /mnt/nfs-share`,
    )
    expect(await bash(onVolume.vm, "ls '/srv/other share'")).toContain('hello too')
    client.main.write('exit\n')
    expect(await client.main.exited).toEqual({exitCode: 0, signal: 0})
    await client.ended
  })

  it('leaves a clean volume, and the files of scratch space on the disk of the container', async () => {
    expect(await Promise.all([onVolume.vm.stop(), onScratch.vm.stop()])).toEqual([[], []])
    for (const {vm, talk} of [onVolume, onScratch]) {
      expect(await vm.main.exited).toEqual({exitCode: 0, signal: 0})
      expect(talk.text()).toMatch(/^nfs-server: stopped$/m)
    }
    expect(await checkVolumeDisk(volume.file)).toMatchObject({clean: true})
  })
})

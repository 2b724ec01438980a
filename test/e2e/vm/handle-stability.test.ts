import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'
import {randomUUID} from 'node:crypto'

import type {ContainerVm} from '../../../src/sandbox/vm/container-vm.js'
import {checkVolumeDisk} from '../../../src/sandbox/vm/disks/volume-disk.js'
import {closeOpened} from '../../helpers/close-opened.js'
import {openVmWorld, type TestVolume, type VmWorld} from '../../helpers/container-vm.js'
import {canTestOnDebian} from '../not-tested.js'
import {lostLines, startWriter, type Writer} from './acknowledged-writes.js'
import {bash} from './in-vm.js'
import {bootServer, DEFAULT_FOLDER, volumeOfStore, type ServerVm, type ServerVmOptions} from './server-vm.js'

const describeOnDebian = canTestOnDebian('file handles over the death of a server') ? describe : describe.skip

const SERVER_HOST = 2
const CONSUMER_HOST = 3
const STORE_VOLUME = 'shared'
const ON_SERVER = `${DEFAULT_FOLDER}/volumes/${STORE_VOLUME}`
const AT_CLIENT = '/mydata'
/** Acknowledged writes between two deaths, and after the last one. */
const WRITES = 50

let world: VmWorld
let volume: TestVolume
let disk: string
let server: ServerVm
let consumer: ContainerVm
let writer: Writer

/** At the same address each time; the volume is the same, the container's disk too unless another is given. */
const start = async (options: Partial<ServerVmOptions> = {}) => {
  server = await bootServer(world, {host: SERVER_HOST, volume, disk, ...options})
}

const deviceNumber = (): Promise<string> => bash(server.vm, `stat -c %d ${DEFAULT_FOLDER}`)

describeOnDebian('a client that has a file open', () => {
  beforeAll(async () => {
    world = await openVmWorld()
    ;[volume, disk] = [await world.volume('nfs-vol'), await world.containerDisk()]
    await start()
    const path = await volumeOfStore(world, server, STORE_VOLUME)
    const nfsMounts = [{host: server.address, path, target: AT_CLIENT}]
    consumer = await world.boot({host: CONSUMER_HOST, nfsMounts})
    writer = startWriter(consumer, `${AT_CLIENT}/lines`)
    await writer.more(WRITES)
  })
  afterAll(() => closeOpened(world))

  /** The client goes on by itself, and everything that was acknowledged so far is on the server. */
  async function expectNothingLost(): Promise<void> {
    await writer.more(WRITES)
    expect(await lostLines(server.vm, `${ON_SERVER}/lines`, writer.acknowledged())).toEqual([])
    expect(writer.talk.text()).toMatch(/^[\d\n]+$/)
  }

  it('goes on after kill -9 of the daemons and a restart of the container', async () => {
    // The container ends as soon as one is missing, and ends its other processes in order, this shell too.
    await bash(server.vm, 'trap "" TERM; pkill -9 "rpcbind|rpc.mountd|rpc.statd"')
    expect((await server.vm.main.exited).exitCode).toBeGreaterThanOrEqual(40)
    await server.vm.ended
    await start()
    await expectNothingLost()
  })

  it('goes on after a power failure of the server', async () => {
    await server.vm.kill()
    expect(await checkVolumeDisk(volume.file)).toMatchObject({clean: false})
    await start()
    await expectNothingLost()
  })

  it('goes on with a new container, and the volume under another device number', async () => {
    const before = await deviceNumber()
    await server.vm.stop()
    disk = await world.containerDisk()
    await start({bus: 'scsi'})
    expect(await deviceNumber()).not.toBe(before)
    await expectNothingLost()
  })

  it('loses acknowledged writes with async, and its handle with another EXPORT_FSID: both controls fail', async () => {
    await writer.end()
    await bash(server.vm, "sed -i 's/(rw,/(rw,async,/' /etc/exports && exportfs -ra && exportfs -v | grep -q '(async'")
    // Nothing is written back by itself, as where memory is plenty.
    await bash(server.vm, 'sync; sysctl -qw vm.dirty_writeback_centisecs=0')
    const unsafe = startWriter(consumer, `${AT_CLIENT}/unsafe`)
    await unsafe.more(WRITES)
    await server.vm.kill()
    await start({env: {EXPORT_FSID: randomUUID()}})
    expect(await unsafe.exited).toMatchObject({signal: 0})
    expect(unsafe.talk.text()).toMatch(/^(write|fsync) \d+: Stale file handle\n$/m)
    expect(await lostLines(server.vm, `${ON_SERVER}/unsafe`, unsafe.acknowledged())).not.toEqual([])
    expect(await lostLines(server.vm, `${ON_SERVER}/lines`, writer.acknowledged())).toEqual([])
  })
})

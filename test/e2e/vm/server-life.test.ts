import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import type {CommandRun} from '../../../src/sandbox/vm/channel/command-run.js'
import type {VmCommand} from '../../../src/sandbox/vm/container-config.js'
import type {ContainerVm} from '../../../src/sandbox/vm/container-vm.js'
import {checkVolumeDisk} from '../../../src/sandbox/vm/disks/volume-disk.js'
import {closeOpened} from '../../helpers/close-opened.js'
import {openVmWorld, type TestVolume, type VmWorld} from '../../helpers/container-vm.js'
import {canTestOnDebian} from '../not-tested.js'
import {bash, listenTo, type Talk} from './in-vm.js'
import {DEFAULT_FOLDER, volumeOfStore} from './server-vm.js'

const describeOnDebian = canTestOnDebian('starts and stops of the server in a container VM') ? describe : describe.skip

const ROUNDS = 10
const HOST = 2
/** What runs beside PID 1, the kernel and this very shell; threads of nfsd; exports. */
const LEFT = `for folder in /proc/[0-9]*; do
  pid=\${folder#/proc/}
  if [ "$pid" -gt 1 ] && [ "$pid" != $$ ] && [ -e "$folder/exe" ]; then tr '\\0' ' ' < "$folder/cmdline"; echo; fi
done
cat /proc/fs/nfsd/threads
grep -v '^#' /proc/fs/nfsd/exports || true`
/** Traces of a run that would pile up. */
const FILES = 'ls -A /run/vicnfs /etc/nfs.conf.d; md5sum /etc/exports /etc/nfs.conf; wc -l < /etc/sysctl.conf || true'
const NOTHING = '0'

let world: VmWorld
let volume: TestVolume
let vm: ContainerVm

/** The container's command once more in the same root file system, as a VCH starts a stopped container again. */
async function startServer(env: VmCommand['env'] = {}): Promise<{readonly run: CommandRun; readonly talk: Talk}> {
  const run = vm.run({args: ['/etc/rc.local'], env})
  const talk = listenTo(run)
  await talk.until(/^nfs-server: ready: /m)
  return {run, talk}
}

describeOnDebian('the server in a container VM', () => {
  beforeAll(async () => {
    world = await openVmWorld()
    volume = await world.volume('nfs-vol')
    // PID 1 stays, and runs the container's command when it is told to.
    vm = await world.boot({host: HOST, mounts: [{volume, target: DEFAULT_FOLDER}]})
  })
  afterAll(() => closeOpened(world))

  it('starts and stops ten times in the same container, and leaves nothing running', async () => {
    const after = new Set<string>()
    for (let round = 1; round <= ROUNDS; round += 1) {
      const {run, talk} = await startServer()
      run.kill(round % 2 === 0 ? 'INT' : 'TERM')
      expect(await run.exited).toEqual({exitCode: 0, signal: 0})
      expect(talk.text()).toMatch(/^nfs-server: stopped$/m)
      expect(talk.text()).not.toMatch(/^nfs-server: (error|warning)/m)
      after.add(await bash(vm, `${LEFT}; ${FILES}`))
    }
    expect([...after]).toEqual([expect.stringMatching(/^0\n\/etc\/nfs.conf.d:/)])
  })

  // The kernel's threads take no SIGKILL (measured with 6.1); who is root can end them all the same.
  it.each([
    ['rpcbind', 'pkill -9 -x rpcbind', 40, 'rpcbind'],
    ['rpc.mountd', 'pkill -9 -x rpc.mountd', 41, 'rpc.mountd'],
    ['the threads of nfsd', 'rpc.nfsd 0', 43, "the kernel's NFS server"],
    ['rpc.statd', 'pkill -9 -x rpc.statd', 44, 'rpc.statd'],
  ])('names what was killed, in words and by its exit code: %s', async (_what, kill, exitCode, name) => {
    const {run, talk} = await startServer()
    await bash(vm, kill)
    expect(await run.exited).toEqual({exitCode, signal: 0})
    const errors = talk.text().match(/^nfs-server: error: .*$/gm)
    expect(errors).toEqual([expect.stringContaining(`${name} has ended`)])
    expect(await bash(vm, LEFT)).toBe(NOTHING)
  })

  it('ends the start when it is told to stop meanwhile', async () => {
    // Told so within the VM: from outside it would be ready before the word arrives, on a machine that is busy.
    const stopEarly = `/etc/rc.local & server=$!
until pgrep -x rpcbind > /dev/null; do sleep 0.05; done
kill -TERM $server; wait $server`
    const run = vm.run({args: ['/bin/sh', '-c', stopEarly]})
    const talk = listenTo(run)
    expect(await run.exited).toEqual({exitCode: 0, signal: 0})
    expect(talk.text()).not.toMatch(/^nfs-server: (ready|error)/m)
    expect(await bash(vm, LEFT)).toBe(NOTHING)
  })

  it('parked, lets a VCH boot and make no volume', async () => {
    const folder = '/srv/parked'
    const {run} = await startServer({EXPORT_FOLDER: folder, PARKED: '1'})
    const [server, before] = [{address: world.network.address(HOST), folder}, await bash(vm, `find ${folder}`)]
    await expect(volumeOfStore(world, server, 'data')).rejects.toThrow('MKDIR data: NFS3ERR_ACCES')
    expect(await bash(vm, `find ${folder}`)).toBe(before)
    run.kill('TERM')
    expect(await run.exited).toEqual({exitCode: 0, signal: 0})
  })

  it.each([
    ['parked on a volume', {PARKED: '1'}, 23],
    ['a volume promised that is not there', {REQUIRE_MOUNT: '1', EXPORT_FOLDER: '/srv/none'}, 20],
  ])('does not start: %s', async (_what, env, exitCode) => {
    const run = vm.run({args: ['/etc/rc.local'], env})
    expect(await run.exited).toEqual({exitCode, signal: 0})
    expect(await bash(vm, LEFT)).toBe(NOTHING)
  })

  it('leaves a volume that is clean, and that nothing holds', async () => {
    expect(await vm.stop()).toEqual([])
    expect(await checkVolumeDisk(volume.file)).toMatchObject({clean: true})
  })
})

import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import type {PreflightReport} from '../../../src/nfs/preflight/report.js'
import type {ContainerVm} from '../../../src/sandbox/vm/container-vm.js'
import {closeOpened} from '../../helpers/close-opened.js'
import {openVmWorld, type TestVolume, type VmWorld} from '../../helpers/container-vm.js'
import {recordFound} from '../../helpers/reached-codes/record.js'
import {canTestOnDebian} from '../not-tested.js'
import {bash, runIn, type InVmEnd} from './in-vm.js'
import {bootServer, type ServerVm} from './server-vm.js'

const describeOnDebian = canTestOnDebian("share-check with a container VM's own kernel") ? describe : describe.skip

const OPTIONS =
  'noatime,vers=3,rsize=131072,wsize=131072,hard,proto=tcp,timeo=600,sec=sys,mountvers=3,mountproto=tcp,nolock'
const SERVER_ENV = {
  EXPORT_FOLDER: '/exports/my data',
  EXPORT_OPTS: '*(rw,sync,insecure,no_root_squash,no_subtree_check)',
}
/**
 * A `mount` for which the server falls silent right before it mounts the store's folder, or right after it has mounted
 * the root, for the file: from then on this machine sends what is for the server to a card that nobody has. Nobody waits
 * for a word of ours meanwhile, since the check's own limits are running.
 */
const SILENCING_MOUNT = (server: string, when: 'before' | 'after') => `
  mv /usr/bin/mount /usr/bin/mount.real
  cat > /usr/bin/mount <<'END'
#!/bin/bash
silence() { /.tether/busybox arp -s ${server} 02:00:00:00:00:01; }
is_nfs=no is_root=no
[[ " $* " != *" nfs "* ]] || is_nfs=yes
[[ $is_nfs == no || "\${@: -2:1}" == */volumes ]] || is_root=yes
[[ ${when} != before || $is_nfs == no ]] || silence
/usr/bin/mount.real "$@"; code=$?
[[ ${when} != after || $is_root == no ]] || silence
exit $code
END
  chmod 0755 /usr/bin/mount`

/** For each step; the kernel's have three times that. Long enough for a machine that is busy, since all of it is waited. */
const SILENT_TIMEOUT_S = 5

let world: VmWorld
let volume: TestVolume
let server: ServerVm
let consumer: ContainerVm

interface Checked extends InVmEnd {
  readonly report: PreflightReport | undefined
}

async function check(options: {uid?: number; timeoutS?: number} = {}): Promise<Checked> {
  const {uid = 0, timeoutS = 60} = options
  const url = `nfs://${server.address}/exports/my%20data?uid=${uid}&gid=${uid}`
  const ended = await runIn(consumer, {args: ['share-check', '--json', '--timeout', String(timeoutS), url]})
  const last = ended.stdout.toString().trimEnd().split('\n').at(-1) ?? ''
  const report = last === '' ? undefined : (JSON.parse(last) as {report?: PreflightReport}).report
  for (const {code} of report?.rungs ?? []) recordFound(code)
  return {...ended, report}
}

const rungOf = ({report}: Checked, id: string) => report?.rungs.find((rung) => rung.id === id)

/** What lies in the export's root, but for what ext4 made. */
const inRoot = () => bash(server.vm, "ls -A '/exports/my data' | grep -v lost+found || true")

/** Mounts and folders that a check has left in the consumer. */
const leftInConsumer = () =>
  bash(
    consumer,
    'grep -c " nfs " /proc/mounts || true; ls -d /run/vicnfs-check-* /tmp/vicnfs-check-* 2>/dev/null || true',
  )

describeOnDebian("share-check with a container VM's own kernel", () => {
  beforeAll(async () => {
    world = await openVmWorld()
    volume = await world.volume('nfs-vol', {sizeMib: 64})
    const booted = [bootServer(world, {volume, env: SERVER_ENV}), world.boot({host: 3})] as const
    ;[server, consumer] = await Promise.all(booted)
  })
  afterAll(() => closeOpened(world))

  it('says in the server that its own export can be mounted', async () => {
    const {exitCode, stdout} = await runIn(server.vm, {args: ['share-check']})
    expect(exitCode).toBe(0)
    expect(String(stdout)).toMatch(
      /^share-check: \/exports\/my data can be mounted \(mountd 32767, nfsd 2049, \d+ ms\)$/m,
    )
  })

  it("climbs every rung: the kernel mounts with VIC's options, a file is written, read back and removed", async () => {
    const checked = await check()
    expect(checked.stderr).toBe('')
    expect(checked.report?.rungs.filter(({state}) => state !== 'passed')).toEqual([])
    expect(checked).toMatchObject({exitCode: 0, report: {passed: true, privilegedPort: true}})
    expect(rungOf(checked, 'kernel-mount')?.finding).toBe(`/exports/my data/volumes mounted with ${OPTIONS}`)
    expect(rungOf(checked, 'kernel-write')?.finding).toContain('65536 bytes written, read back and removed as uid 0')
    expect(await inRoot()).toBe('volumes\nvolumes_metadata')
    expect(await leftInConsumer()).toBe('0')
  })

  it("writes as the store's uid, whose folder it must be", async () => {
    expect(rungOf(await check({uid: 1000}), 'write')).toMatchObject({state: 'failed', code: 'VN-NFS-WRITE-DENIED'})
    await bash(server.vm, "chown 1000:1000 '/exports/my data'")
    const checked = await check({uid: 1000})
    expect(checked).toMatchObject({exitCode: 0, report: {passed: true}})
    expect(rungOf(checked, 'kernel-write')?.finding).toContain('removed as uid 1000, gid 1000')
    await bash(server.vm, "chown 0:0 '/exports/my data'")
  })

  it('tells a full volume by its file, and leaves none', async () => {
    await bash(server.vm, "dd if=/dev/zero of='/exports/my data/filler' bs=64k 2>/dev/null || true")
    const checked = await check()
    expect(checked.exitCode).toBe(5)
    expect(rungOf(checked, 'kernel-write')).toMatchObject({
      state: 'failed',
      code: 'VN-NFS-KERNEL-WRITE',
      finding: expect.stringContaining('No space left on device'),
    })
    await bash(server.vm, "rm '/exports/my data/filler'")
    expect(await inRoot()).toBe('volumes\nvolumes_metadata')
    expect(await leftInConsumer()).toBe('0')
  })

  it.each(['after', 'before'] as const)('ends in any case: the server falls silent %s the mount', async (when) => {
    await bash(consumer, SILENCING_MOUNT(server.address, when))
    const isWrite = when === 'after'
    const checked = await check({timeoutS: SILENT_TIMEOUT_S})
    await bash(consumer, `/.tether/busybox arp -d ${server.address}; mv /usr/bin/mount.real /usr/bin/mount`)
    expect(checked.exitCode).toBe(5)
    const [id, code] = isWrite
      ? (['kernel-write', 'VN-NFS-KERNEL-WRITE'] as const)
      : (['kernel-mount', 'VN-NFS-KERNEL-MOUNT'] as const)
    expect(rungOf(checked, id)).toMatchObject({state: 'failed', code})
    expect(rungOf(checked, id)?.finding).toContain(`no answer within ${3000 * SILENT_TIMEOUT_S} ms`)
    expect(checked.stderr.includes('may be left in the root of the share')).toBe(isWrite)
    // The control: as soon as the server is heard again, all is well.
    expect(await check()).toMatchObject({exitCode: 0})
  })
})

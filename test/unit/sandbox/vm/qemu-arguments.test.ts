import {describe, expect, it} from '@jest/globals'

import {neededFiles} from '../../../../src/sandbox/vm/kernel/copy-modules.js'
import {qemuArguments} from '../../../../src/sandbox/vm/qemu-arguments.js'
import {withinLimit} from '../../../../src/sandbox/vm/within-limit.js'

const machine = {kernel: '/k', initrd: '/i', nic: {kind: 'user', forwards: []}} as const

describe('what a container VM is started with', () => {
  it('lets no disk lose what the guest has flushed, whatever its file is called', () => {
    const file = '/odd, "name"/volume.vmdk'
    const args = qemuArguments({...machine, disks: [{file, format: 'vmdk', bus: 'scsi'}]})
    const node = JSON.parse(args[args.indexOf('-blockdev') + 1]!)
    expect(node).toMatchObject({driver: 'vmdk', cache: {'no-flush': false}, file: {filename: file}})
    expect(args).toContain('scsi-hd,bus=scsi.0,drive=disk0,write-cache=on')
    expect(args.join(' ')).not.toMatch(/cache=unsafe|snapshot/)
  })

  it('forwards ports of this machine', () => {
    const forwards = [{host: '127.0.0.9', hostPort: 8111, guestPort: 111}]
    const args = qemuArguments({...machine, disks: [], nic: {kind: 'user', forwards}})
    expect(args).toContain('user,id=net,restrict=off,hostfwd=tcp:127.0.0.9:8111-:111')
  })

  it('takes of the kernel the modules that are named, with what they need', () => {
    const table = [
      'kernel/fs/nfsd/nfsd.ko: kernel/fs/lockd/lockd.ko kernel/net/sunrpc/sunrpc.ko',
      'kernel/fs/lockd/lockd.ko: kernel/net/sunrpc/sunrpc.ko',
      'kernel/drivers/char/hw_random/virtio-rng.ko.xz:',
      'kernel/drivers/other.ko:',
      '',
    ].join('\n')
    expect(neededFiles(table, ['nfsd', 'lockd', 'virtio_rng', 'built_in'])).toEqual([
      'kernel/fs/nfsd/nfsd.ko',
      'kernel/fs/lockd/lockd.ko',
      'kernel/net/sunrpc/sunrpc.ko',
      'kernel/drivers/char/hw_random/virtio-rng.ko.xz',
    ])
  })

  it('is waited for up to a limit, or until it is called off', async () => {
    const never = new Promise<never>(() => {})
    const onTimeout = async () => new Error('late')
    await expect(withinLimit(never, {timeoutMs: 1, onTimeout})).rejects.toThrow('late')
    const controller = new AbortController()
    const waiting = withinLimit(never, {timeoutMs: 60_000, onTimeout, signal: controller.signal})
    controller.abort(new Error('called off'))
    await expect(waiting).rejects.toThrow('called off')
    expect(await withinLimit(Promise.resolve(7), {timeoutMs: 60_000, onTimeout})).toBe(7)
  })
})

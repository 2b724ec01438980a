import {readFileSync} from 'node:fs'
import {expect, it} from '@jest/globals'
import {mayUsePrivilegedPorts} from '../../../src/nfs/privileged-port.js'

/** What the kernel itself lets this process do: CAP_NET_BIND_SERVICE (bit 10), or ports that are open to all. */
function kernelSays(): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'
  const firstOpen = Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'))
  return (BigInt(`0x${effective}`) & (1n << 10n)) !== 0n || firstOpen <= 512
}

it('agrees with the kernel about source ports below 1024', async () => {
  expect(await mayUsePrivilegedPorts()).toBe(kernelSays())
})

import {Console} from 'node:console'
import {isIP} from 'node:net'

// jest decorates console output, which makes a JSON document on stdout unreadable.
globalThis.console = new Console({stdout: process.stdout, stderr: process.stderr})

// Started by hand, jest has a terminal; what is tested here must not depend on that.
for (const stream of [process.stdin, process.stdout, process.stderr]) stream.isTTY = false

// No test asks a name server: a name that is not of this machine does not exist. Not imported, so that importers see it.
const dns = process.getBuiltinModule('node:dns/promises')
const {lookup} = dns
const nowhere = (host: string): Promise<never> =>
  Promise.reject(Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), {code: 'ENOTFOUND', hostname: host}))
dns.lookup = ((host: string, options: object) =>
  /^[\d.]+$/.test(host) || isIP(host) !== 0 || host === 'localhost'
    ? lookup(host, options)
    : nowhere(host)) as typeof lookup

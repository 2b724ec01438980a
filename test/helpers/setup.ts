import {Console} from 'node:console'

// jest decorates console output, which makes a JSON document on stdout unreadable.
globalThis.console = new Console({stdout: process.stdout, stderr: process.stderr})

// Started by hand, jest has a terminal; what is tested here must not depend on that.
for (const stream of [process.stdin, process.stdout, process.stderr]) stream.isTTY = false

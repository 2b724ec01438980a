import {Console} from 'node:console'

// jest decorates console output, which makes a JSON document on stdout unreadable.
globalThis.console = new Console({stdout: process.stdout, stderr: process.stderr})

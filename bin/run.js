#!/usr/bin/env node
import {readFileSync} from 'node:fs'

// Nobody reads any more (`vicnfs --help | head -1`, a closed terminal): no error of ours, and no reason to stop work.
const READER_GONE = ['EPIPE', 'EIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED']
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (!READER_GONE.includes(error.code)) throw error
  })
}

if (process.argv.length === 3 && (process.argv[2] === '--version' || process.argv[2] === '-v')) {
  // Answered before oclif is loaded: nothing but the name, the version and the platform is needed.
  const {name, version} = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  console.log(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}`)
} else {
  const {settings} = await import('@oclif/core/settings')
  // Where NODE_ENV says test or development, oclif would load TypeScript and tsx, and run the sources instead.
  settings.enableAutoTranspile = false
  const {execute} = await import('@oclif/core/execute')
  await execute({dir: import.meta.url})
  // The command is done and its exit code is set; a connection that somebody left open must not keep the process.
  setTimeout(() => process.exit(), 2000).unref()
}

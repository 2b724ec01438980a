#!/usr/bin/env -S node --import tsx
// The CLI on its TypeScript sources; oclif gets a ready plugin, since its own loading falls back to a stale dist.
import {Config, Plugin, flush, handle, run, settings} from '@oclif/core'
import {readFile} from 'node:fs/promises'
import {fileURLToPath} from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const pjson = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'))
pjson.oclif.commands = './commands'
Object.assign(settings, {debug: true, enableAutoTranspile: false})
const plugin = new Plugin({ignoreManifest: true, isRoot: true, pjson, root})
await plugin.load()
const config = await Config.load({pjson, plugins: new Map([[plugin.name, plugin]]), root})
await run(process.argv.slice(2), config).then(() => flush(), handle)

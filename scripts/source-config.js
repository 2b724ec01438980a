// oclif's configuration with commands and hooks from the TypeScript sources: oclif gets a ready plugin, since its own
// loading falls back to a stale dist without a word.
import {Config, Plugin} from '@oclif/core'
import {readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** @returns {Promise<import('@oclif/core').Config>} */
export async function loadSourceConfig() {
  const pjson = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  pjson.oclif.commands = './commands'
  pjson.oclif.hooks = Object.fromEntries(
    Object.entries(pjson.oclif.hooks ?? {}).map(([event, file]) => [event, toSource(file)]),
  )
  const plugin = new Plugin({ignoreManifest: true, isRoot: true, pjson, root})
  await plugin.load()
  return Config.load({pjson, plugins: new Map([[plugin.name, plugin]]), root})
}

function toSource(file) {
  return file.replace(/^\.\/dist\//, './').replace(/\.js$/, '.ts')
}

// oclif's configuration with commands and hooks from the TypeScript sources: oclif gets a ready plugin, since its own
// loading falls back to a stale dist without a word.
import {Config, Plugin} from '@oclif/core'
import {readdirSync, readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** @returns {Promise<import('@oclif/core').Config>} */
export async function loadSourceConfig() {
  const pjson = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  pjson.oclif.commands = './commands'
  pjson.oclif.hooks = Object.fromEntries(
    Object.entries(pjson.oclif.hooks ?? {}).map(([event, file]) => [event, toSource(file)]),
  )
  await importCommands()
  const plugin = new Plugin({ignoreManifest: true, isRoot: true, pjson, root})
  await plugin.load()
  return Config.load({pjson, plugins: new Map([[plugin.name, plugin]]), root})
}

/**
 * oclif imports all commands at once, which the module loader of jest does not bear: most of them would be left out with
 * a mere warning. What was imported before is only looked up.
 */
async function importCommands() {
  const files = readdirSync(new URL('../commands', import.meta.url), {recursive: true})
  for (const file of files.filter((name) => name.endsWith('.ts'))) {
    await import(new URL(`../commands/${file}`, import.meta.url).href)
  }
}

function toSource(file) {
  return file.replace(/^\.\/dist\/program\//, './').replace(/\.js$/, '.ts')
}

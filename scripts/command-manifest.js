// What oclif knows of commands without loading all of them: it looks for it in the root only, dist/ has the one that was
// made with it.
import {copyFileSync, readFileSync, renameSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const inRoot = path.join(root, 'oclif.manifest.json')
const NAME = 'commands.json'

/** Writes that of the commands in `outDir`, as they will lie in `dist`. */
export async function makeManifest(outDir, dist) {
  const {Plugin, settings} = await import('@oclif/core')
  settings.enableAutoTranspile = false
  const pjson = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  const [folder, place] = [outDir, dist].map((each) => path.relative(root, each))
  pjson.oclif.commands = pjson.oclif.commands.replace(`./${place}/`, `./${folder}/`)
  const made = {errorOnManifestCreate: true, ignoreManifest: true, respectNoCacheDefault: true}
  const plugin = new Plugin({...made, isRoot: true, pjson, root})
  await plugin.load()
  const {manifest} = plugin
  for (const command of Object.values(manifest.commands)) {
    command.relativePath = command.relativePath.map((part) => (part === folder ? place : part))
  }
  writeFileSync(path.join(outDir, NAME), `${JSON.stringify(manifest, undefined, 1)}\n`)
}

/** Makes it the one that oclif finds, whole at any time. */
export function publishManifest(outDir) {
  const file = path.join(outDir, `${NAME}.new`)
  copyFileSync(path.join(outDir, NAME), file)
  renameSync(file, inRoot)
}

/** Whether oclif finds the one of these commands. */
export function isPublished(dist) {
  try {
    return readFileSync(inRoot).equals(readFileSync(path.join(dist, NAME)))
  } catch {
    return false
  }
}

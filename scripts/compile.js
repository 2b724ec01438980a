// The two forms in which dist/ holds the sources: each module by itself, for scripts, benchmarks and tests that want one
// of them; and the program, which bin/run.js and the processes of the sandbox run: a process reads a few files then
// instead of hundreds, and no package's part that no VCH needs.
import {spawnSync} from 'node:child_process'
import {readdirSync, readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const absent = fileURLToPath(new URL('absent-package.js', import.meta.url))

/** Where the program begins, besides commands. */
const BEGINNINGS = [
  'src/index.ts',
  'src/cli/command-not-found.ts',
  'src/sandbox/daemon.ts',
  'src/sandbox/nfs-server/main.ts',
  'src/sandbox/share-check/main.ts',
  'src/sandbox/vic-machine/main.ts',
  'src/vic-machine/runner.ts',
]

/** Four fifths of what dockerode loads: BuildKit's sessions and logins by ssh, of which a VCH has neither. */
const ABSENT = ['@grpc/grpc-js', '@grpc/proto-loader', 'protobufjs', 'ssh2']

const COMMON = {
  absWorkingDir: root,
  outbase: root,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  logLevel: 'warning',
}

function sourcesIn(folder) {
  const files = readdirSync(path.join(root, folder), {recursive: true})
  return files.filter((name) => name.endsWith('.ts')).map((name) => path.join(folder, name))
}

/** Compiles to `outDir`. @throws when a source cannot be compiled */
export async function compile(outDir) {
  const {build} = await import('esbuild')
  const program = path.join(outDir, 'program')
  // First, and alone: it finds all that is wrong, and says it once.
  const {metafile} = await build({
    ...COMMON,
    outdir: program,
    entryPoints: [...BEGINNINGS, ...sourcesIn('commands')],
    bundle: true,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    // Loaded by bin/run.js already, and it must be the same one.
    external: ['@oclif/core'],
    alias: Object.fromEntries(ABSENT.map((name) => [name, absent])),
    // For packages that are CommonJS.
    banner: {
      js: "import {createRequire as requireFrom} from 'node:module'; const require = requireFrom(import.meta.url);",
    },
    metafile: true,
  })
  await build({...COMMON, outdir: outDir, entryPoints: sourcesIn('src')})
  writeFileSync(path.join(program, 'LICENSES.md'), licences(packagesIn(Object.keys(metafile.inputs))))
}

function packagesIn(inputs) {
  const folders = inputs.map((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0])
  return [...new Set(folders.filter((folder) => folder !== undefined))].sort()
}

/** What the packages inside the program want said. @throws when one of them does not say its licence */
function licences(folders) {
  const texts = folders.map((folder) => {
    const {name, version, license, author} = JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8'))
    if (typeof license !== 'string') throw new Error(`${folder}/package.json names no licence`)
    const files = readdirSync(path.join(root, folder), {withFileTypes: true})
    const file = files.find((each) => each.isFile() && /^licen[cs]e/i.test(each.name))?.name
    const text =
      file === undefined
        ? `By ${author?.name ?? author}; the package has the name of its licence only.`
        : readFileSync(path.join(root, folder, file), 'utf8').trim()
    return `## ${name} ${version} (${license})\n\n${text}\n`
  })
  return ['# Packages that are part of the program\n', ...texts].join('\n')
}

/** Adds declarations, for those who import the package. @returns whether the sources are sound */
export function declare(outDir) {
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const args = [tsc, '-p', path.join(root, 'tsconfig.json'), '--emitDeclarationOnly', '--outDir', outDir]
  return spawnSync(process.execPath, args, {stdio: ['ignore', 2, 2]}).status === 0
}

import {constants} from 'node:fs'
import {chmod, copyFile, cp, mkdir} from 'node:fs/promises'
import path from 'node:path'

import {runProgram, type Ended} from './run-program.js'
import {PROJECT_ROOT, type Workplace} from './workplace.js'

/** vicnfs as a user has it: what npm packs, the packages that it needs, and a node that everybody may run. */
export interface InstalledCopy {
  readonly node: string
  readonly runJs: string
}

/** Makes the copy in the workplace, readable for every user: the clone itself may lie in a closed home directory. */
export async function installCopy(workplace: Workplace): Promise<InstalledCopy> {
  const {directory} = workplace
  const npm = {
    env: {...workplace.env, npm_config_cache: path.join(directory, 'npm'), npm_config_update_notifier: 'false'},
  }
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', directory]
  const [packed] = JSON.parse(await outputOf('npm', pack, npm)) as {readonly filename: string}[]
  await outputOf('tar', ['-xzf', path.join(directory, packed?.filename ?? ''), '-C', directory], npm)
  const installed = path.join(directory, 'package')
  const folders = await outputOf('npm', ['ls', '--omit=dev', '--all', '--parseable'], npm)
  for (const folder of folders.trim().split('\n').slice(1)) {
    const place = path.join(installed, path.relative(PROJECT_ROOT, folder))
    await mkdir(path.dirname(place), {recursive: true})
    await cp(folder, place, {recursive: true, dereference: true})
  }
  const node = path.join(directory, 'node')
  await copyFile(process.execPath, node, constants.COPYFILE_FICLONE)
  await chmod(node, 0o755)
  await outputOf('chmod', ['-R', 'a+rX', installed], npm)
  return {node, runJs: path.join(installed, 'bin/run.js')}
}

async function outputOf(
  program: string,
  args: readonly string[],
  {env}: {readonly env: Readonly<Record<string, string>>},
): Promise<string> {
  const {exitCode, stdout, stderr}: Ended = await runProgram(program, args, {env, cwd: PROJECT_ROOT})
  if (exitCode !== 0) throw new Error(`${program} ${args.join(' ')}: ${String(exitCode)}\n${stdout}${stderr}`)
  return stdout
}

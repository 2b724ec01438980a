import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {spawn, type ChildProcess} from 'node:child_process'
import {once} from 'node:events'
import {readdir, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'

import {writeWhole} from '../../../src/vic-machine/change-folder.js'
import {findChange} from '../../../src/vic-machine/change-run.js'
import {livingChange} from '../../../src/vic-machine/living-change.js'
import {identify} from '../../../src/vic-machine/process-identity.js'
import {makeTempDirectory} from '../../helpers/temp-directory.js'

let folder: string
let child: ChildProcess

beforeEach(async () => {
  folder = await makeTempDirectory()
  child = spawn('sleep', ['60'], {cwd: folder, stdio: 'ignore'})
  await once(child, 'spawn')
  await writeWhole(folder, 'change.json', {kind: 'configure', commandLine: 'vic-machine configure'})
})
afterEach(async () => {
  await end()
  await rm(folder, {recursive: true})
})

async function end(): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

const pid = (): number => child.pid ?? 0
const GONE = {pid: 2 ** 22 - 1, startedAt: 'never'}

describe('a look at who works on a change', () => {
  it('takes nothing away from a runner that has not begun yet', async () => {
    expect(await livingChange(folder)).toBeUndefined()
    expect(await readdir(folder)).toEqual(['change.json'])
    // The control: findChange, which settles, does take it.
    await findChange(folder)
    expect(await readdir(folder)).toContain('started.json')
  })

  it('names vic-machine while it lives', async () => {
    await writeWhole(folder, 'started.json', {runner: GONE, vicMachine: await identify(pid())})
    expect(await livingChange(folder)).toEqual({pid: pid()})
    await end()
    expect(await livingChange(folder)).toBeUndefined()
  })

  it('names the runner that is about to start it', async () => {
    await writeWhole(folder, 'started.json', {runner: await identify(pid())})
    expect(await livingChange(folder)).toEqual({pid: pid()})
  })

  it('finds the vic-machine of a runner that was lost, by the folder that it works in', async () => {
    await writeWhole(folder, 'started.json', {runner: GONE})
    expect(await livingChange(folder)).toEqual({pid: pid()})
    await writeWhole(folder, 'ended.json', {spawnError: 'ENOENT'})
    expect(await livingChange(folder)).toBeUndefined()
  })

  it('knows nobody where the change was given up', async () => {
    await writeFile(join(folder, 'started.json'), '{}\n')
    expect(await livingChange(folder)).toBeUndefined()
  })
})

import {spawn, type ChildProcess} from 'node:child_process'
import {existsSync} from 'node:fs'
import {readFile, writeFile} from 'node:fs/promises'
import path from 'node:path'

import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'

import {findChange} from '../../src/vic-machine/change-run.js'
import {identify} from '../../src/vic-machine/process-identity.js'
import {runnerEntry} from '../../src/vic-machine/runner-entry.js'
import {makeTempDirectory} from '../helpers/temp-directory.js'

const RUNNER = runnerEntry()
const SUCCESS = 'time="2026-01-01T00:00:00Z" level=info msg="Completed successfully" '

let folder: string
const children: ChildProcess[] = []

beforeEach(async () => {
  folder = await makeTempDirectory()
  await writeFile(path.join(folder, 'change.json'), JSON.stringify({kind: 'configure', commandLine: 'vic-machine'}))
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** The runner as vicnfs starts it; vic-machine is a program that says that it has succeeded. */
function startRunner(): Promise<number | null> {
  const runner = spawn(process.execPath, [RUNNER, folder, '/bin/echo', SUCCESS], {stdio: 'ignore'})
  children.push(runner)
  return new Promise((resolve) => runner.once('exit', resolve))
}

async function livingProcessIn(cwd: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume(); console.log("here")'], {cwd})
  children.push(child)
  await new Promise((resolve) => child.stdout.once('data', resolve))
  return child
}

async function claimByDeadRunner(): Promise<void> {
  await writeFile(path.join(folder, 'started.json'), JSON.stringify({runner: {pid: process.pid, startedAt: 'before'}}))
  await writeFile(path.join(folder, 'stdout'), '')
  await writeFile(path.join(folder, 'stderr'), '')
}

describe('vicnfs killed while its runner is on the way', () => {
  it('a later run gives the change up, and the runner that comes late starts nothing', async () => {
    expect(await findChange(folder)).toBeUndefined()
    await startRunner()
    expect(existsSync(path.join(folder, 'stdout'))).toBe(false)
    expect(await findChange(folder)).toBeUndefined()
  })

  it('the control: a runner that comes first starts vic-machine, and a later run finds it', async () => {
    await startRunner()
    expect(await readFile(path.join(folder, 'stdout'), 'utf8')).toContain('Completed successfully')
    expect(await (await findChange(folder))?.wait({})).toMatchObject({claim: 'completed', exitCode: 0})
  })

  it('a runner killed before it wrote down the pid: vic-machine is found by the folder that it works in', async () => {
    const child = await livingProcessIn(folder)
    await claimByDeadRunner()
    const run = await findChange(folder)
    expect(run?.pid).toBe(child.pid)
    const waiting = run?.wait({})
    child.kill('SIGKILL')
    expect(await waiting).toMatchObject({claim: 'vanished'})
  })

  it('a runner killed before vic-machine ran, or after it ended: what was said is all there is', async () => {
    await claimByDeadRunner()
    expect(await (await findChange(folder))?.wait({})).toMatchObject({claim: 'vanished'})
    await writeFile(path.join(folder, 'stdout'), `${SUCCESS}\n`)
    expect(await (await findChange(folder))?.wait({})).toMatchObject({claim: 'completed'})
  })

  it('waits for a living runner that has not written down the pid yet', async () => {
    const self = await identify(process.pid)
    await claimByDeadRunner()
    await writeFile(path.join(folder, 'started.json'), JSON.stringify({runner: self}))
    const finding = findChange(folder)
    await writeFile(
      path.join(folder, 'started.json'),
      JSON.stringify({runner: self, vicMachine: {pid: process.pid, startedAt: 'before'}}),
    )
    expect((await finding)?.pid).toBe(process.pid)
  })
})

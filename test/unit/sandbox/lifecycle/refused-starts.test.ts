import {mkdir, rm, writeFile} from 'node:fs/promises'
import path from 'node:path'

import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'

import {becomeDaemon} from '../../../../src/sandbox/lifecycle/daemon-lock.js'
import {markOf} from '../../../../src/sandbox/lifecycle/process-mark.js'
import {startSandbox} from '../../../../src/sandbox/lifecycle/start-sandbox.js'
import {runCli} from '../../../helpers/cli.js'
import {makeTempDirectory} from '../../../helpers/temp-directory.js'

let stateDirectory: string

beforeEach(async () => {
  stateDirectory = await makeTempDirectory()
})
afterEach(() => rm(stateDirectory, {recursive: true, force: true}))

async function makeState(name: string, text: string): Promise<string> {
  const directory = path.join(stateDirectory, 'sandboxes', name)
  await mkdir(directory, {recursive: true, mode: 0o700})
  await writeFile(path.join(directory, 'state.json'), text)
  return directory
}

describe('a sandbox', () => {
  it('does not start on another system than Linux', async () => {
    const real = Object.getOwnPropertyDescriptor(process, 'platform')!
    Object.defineProperty(process, 'platform', {...real, value: 'darwin'})
    try {
      await expect(startSandbox({name: 'x', stateDirectory})).rejects.toMatchObject({
        code: 'VN-SANDBOX-PLATFORM',
        message: 'The sandbox does not run on darwin.',
      })
    } finally {
      Object.defineProperty(process, 'platform', real)
    }
  })

  it.each([
    ['vicVersion', 'The sandbox cannot be of VIC release "9.9.9".'],
    ['vicMachineVersion', 'The sandbox has no vic-machine of release 9.9.9.'],
  ])('has no %s that it does not know', async (setting, message) => {
    await expect(startSandbox({name: 'x', stateDirectory, [setting]: '9.9.9'})).rejects.toMatchObject({
      code: 'VN-SANDBOX-VERSION',
      exitCode: 2,
      message,
    })
  })

  it('does not start from a state that cannot be read', async () => {
    await makeState('x', 'not JSON')
    await expect(startSandbox({name: 'x', stateDirectory})).rejects.toMatchObject({code: 'VN-SANDBOX-STATE'})
  })

  it('has one process: a second one gives way to a first that lives', async () => {
    const directory = await makeState('x', '{}')
    await writeFile(path.join(directory, 'daemon.json'), JSON.stringify(markOf(process.ppid)))
    expect(() => {
      becomeDaemon(directory)
    }).toThrow(expect.objectContaining({code: 'VN-SANDBOX-START'}))
    await writeFile(path.join(directory, 'daemon.json'), JSON.stringify({pid: process.ppid, startTicks: '1'}))
    becomeDaemon(directory)
  })
})

describe('a demo that is to be kept', () => {
  it('does not take over the sandbox of an earlier one', async () => {
    await makeState('demo', '{}')
    // Looked for before anything is started.
    const {exitCode, json} = await runCli(['demo', '--keep', '--json'], {env: {VICNFS_STATE_DIR: stateDirectory}})
    expect(exitCode).toBe(2)
    expect(json).toMatchObject({
      error: {code: 'VN-SANDBOX-EXISTS', tries: ['vicnfs sandbox stop demo --remove', expect.any(String)]},
    })
  })
})

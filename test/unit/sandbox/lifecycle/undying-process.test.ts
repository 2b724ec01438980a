import {mkdir, rm, writeFile} from 'node:fs/promises'
import path from 'node:path'

import {afterEach, expect, it, jest} from '@jest/globals'

import {makeTempDirectory} from '../../../helpers/temp-directory.js'

const signalled: string[] = []

// Nothing is signalled here: a process that survives SIGKILL cannot be made.
const MARK = {pid: 4_000_000, startTicks: '7'}
jest.unstable_mockModule('../../../../src/sandbox/lifecycle/process-mark.js', () => ({
  isProcessMark: () => true,
  isAlive: ({pid}: {pid: number}) => pid === MARK.pid,
  markOf: (pid: number) => ({pid, startTicks: '1'}),
  signalGroup: (_mark: unknown, signal: string) => signalled.push(`group ${signal}`),
}))
jest.unstable_mockModule('../../../../src/sandbox/containers/process-identity.js', () => ({
  signalProcess: (_pid: number, signal: string) => signalled.push(signal),
  isSameProcess: () => true,
  startTicks: () => '7',
}))
jest.unstable_mockModule('../../../../src/sandbox/containers/marked-processes.js', () => ({markedProcesses: () => []}))

const {stopSandbox} = await import('../../../../src/sandbox/lifecycle/stop-sandbox.js')

let stateDirectory: string
afterEach(async () => {
  jest.restoreAllMocks()
  await rm(stateDirectory, {recursive: true, force: true})
})

it('a sandbox whose process cannot be ended is said to be running still, and keeps its state', async () => {
  stateDirectory = await makeTempDirectory()
  const directory = path.join(stateDirectory, 'sandboxes', 'x')
  await mkdir(directory, {recursive: true, mode: 0o700})
  await writeFile(path.join(directory, 'state.json'), 'damaged')
  await writeFile(path.join(directory, 'daemon.json'), JSON.stringify(MARK))
  // Each look at the clock is a second later.
  const now = Date.now()
  let looks = 0
  jest.spyOn(Date, 'now').mockImplementation(() => now + 1000 * looks++)
  await expect(stopSandbox('x', {stateDirectory, removeState: true, timeoutMs: 50})).rejects.toMatchObject({
    code: 'VN-SANDBOX-STOP',
    message: 'Processes of the sandbox x are still running: 4000000.',
  })
  expect(new Set(signalled)).toEqual(new Set(['group SIGKILL', 'SIGKILL']))
  jest.restoreAllMocks()
  await expect(rm(path.join(directory, 'state.json'))).resolves.toBeUndefined()
})

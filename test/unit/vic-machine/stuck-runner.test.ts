import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {readFile, rm} from 'node:fs/promises'
import {join} from 'node:path'

import {VicnfsError} from '../../../src/model/vicnfs-error.js'
import {writeWhole} from '../../../src/vic-machine/change-folder.js'
import {findChange} from '../../../src/vic-machine/change-run.js'
import {identify} from '../../../src/vic-machine/process-identity.js'
import {untilStarted} from '../../../src/vic-machine/until-started.js'
import {makeTempDirectory} from '../../helpers/temp-directory.js'

let folder: string

beforeEach(async () => {
  folder = await makeTempDirectory()
  await write('change.json', {kind: 'configure', commandLine: 'vic-machine configure'})
})
afterEach(() => rm(folder, {recursive: true}))

const write = (name: string, value: object) => writeWhole(folder, name, value)

/** A runner that has begun and says no more: this very process, which lives and does nothing. */
async function beginAndStop(): Promise<void> {
  await write('started.json', {runner: await identify(process.pid)})
}

function interrupted(): AbortSignal {
  return AbortSignal.abort(new VicnfsError('VN-INTERRUPTED', 'Enough.', {exitCode: 143}))
}

const wait = (options: Partial<Parameters<typeof untilStarted>[1]>) =>
  untilStarted(folder, {program: 'vic-machine', runnerEnd: () => undefined, ...options})

describe('a runner that does not begin', () => {
  const givenUp = async () => JSON.parse(await readFile(join(folder, 'started.json'), 'utf8')) as object

  it('is given up at the limit, so that it starts nothing later', async () => {
    await expect(wait({timeoutMs: 50})).rejects.toMatchObject({code: 'VN-VICMACHINE-NOT-STARTED', exitCode: 1})
    expect(await givenUp()).toEqual({})
    expect(await findChange(folder)).toBeUndefined()
  })

  it('is given up at an abort', async () => {
    await expect(wait({signal: interrupted()})).rejects.toMatchObject({code: 'VN-INTERRUPTED'})
    expect(await givenUp()).toEqual({})
  })
})

describe('a runner that has begun and does not go on', () => {
  beforeEach(beginAndStop)

  const lost = {
    code: 'VN-VICMACHINE-LOST',
    exitCode: 8,
    details: {runner: process.pid},
    recovery: expect.arrayContaining([expect.stringContaining(`kill -CONT ${process.pid}`)]),
  }

  it('is not waited for beyond the limit by the run that started it', async () => {
    await expect(wait({timeoutMs: 50})).rejects.toMatchObject(lost)
  })

  it('is left to itself at an abort', async () => {
    const left = {code: 'VN-CHANGE-RUNNING', exitCode: 143, details: {runner: process.pid}}
    await expect(wait({signal: interrupted()})).rejects.toMatchObject(left)
  })

  it('is not waited for beyond the limit by a later run', async () => {
    await expect(findChange(folder, {timeoutMs: 50})).rejects.toMatchObject(lost)
  })

  it('does not keep a later run from being interrupted', async () => {
    const abort = new AbortController()
    const found = findChange(folder, {signal: abort.signal})
    abort.abort(new Error('enough'))
    await expect(found).rejects.toBe(abort.signal.reason)
  })

  it('is followed as soon as it goes on', async () => {
    const waiting = wait({})
    const runner = await identify(process.pid)
    await write('started.json', {runner, vicMachine: runner})
    await expect(waiting).resolves.toMatchObject({vicMachine: {pid: process.pid}})
  })
})

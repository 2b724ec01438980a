import {readdirSync, writeFileSync} from 'node:fs'
import {rm} from 'node:fs/promises'
import path from 'node:path'
import {afterEach, beforeEach, expect, it} from '@jest/globals'
import {livingChange} from '../../../src/vic-machine/living-change.js'
import {identify} from '../../../src/vic-machine/process-identity.js'
import {makeTempDirectory} from '../../helpers/temp-directory.js'

let folder: string
beforeEach(async () => {
  folder = await makeTempDirectory()
})
afterEach(() => rm(folder, {recursive: true, force: true}))

const started = (value: unknown): void => {
  writeFileSync(path.join(folder, 'started.json'), JSON.stringify(value))
}
const gone = {pid: process.pid, startedAt: 'another boot'}

it('is vic-machine, or the runner that is about to start it', async () => {
  const here = await identify(process.pid)
  started({vicMachine: here, runner: gone})
  expect(await livingChange(folder)).toEqual(here)
  started({runner: here})
  expect(await livingChange(folder)).toEqual(here)
  started({vicMachine: gone, runner: gone})
  expect(await livingChange(folder)).toBeUndefined()
})

it('is nobody where nothing began, and looking claims nothing', async () => {
  writeFileSync(path.join(folder, 'change.json'), '{}')
  expect(await livingChange(folder)).toBeUndefined()
  expect(readdirSync(folder)).toEqual(['change.json'])
  expect(await livingChange(path.join(folder, 'not-there'))).toBeUndefined()
})

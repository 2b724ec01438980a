import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {rm} from 'node:fs/promises'

import {runWork} from '../../../../src/engine/work.js'
import {identifyConsumer} from '../../../../src/services/registration/identify-consumer.js'
import {registerShares} from '../../../../src/services/registration/register-share.js'
import {fakeWorld, type FakeWorld} from '../../../helpers/fake-world.js'
import {makeTempDirectory} from '../../../helpers/temp-directory.js'

const CONSENTS = {
  allowSelfHosted: false,
  addressReserved: true,
  adoptStore: false,
  resetProgress: false,
  noRollback: false,
}
const wish = (label: string, path: string) => ({label, place: {host: '10.9.0.9', path, uid: 0, gid: 0}})

let directory: string
let world: FakeWorld

beforeEach(async () => {
  directory = await makeTempDirectory()
  world = fakeWorld(directory)
  world.stores.push('nfs://10.9.0.9/exports/kept?uid=0&gid=0:kept')
  world.mountable = false
})
afterEach(() => rm(directory, {recursive: true}))

/** What a run had made is taken back, or not, when the registration after it fails. */
async function undoneBy(labels: readonly string[]): Promise<boolean> {
  let undone = false
  const run = runWork(async (work) => {
    await work.step('made', 'Make the server containers', (step) => {
      step.undo('remove them', () => {
        undone = true
        return Promise.resolve()
      })
      return Promise.resolve()
    })
    const vch = await identifyConsumer(world.adapters, {work})
    const wishes = labels.map((label) => wish(label, `/exports/${label}`))
    return registerShares(world.adapters, vch, {registration: {wishes, consents: CONSENTS}, work})
  }, {})
  await expect(run).rejects.toBeInstanceOf(Error)
  return undone
}

describe('a registration of several stores that fails before configure', () => {
  it('keeps what this run made, when one of them is listed already (S4)', async () => {
    expect(await undoneBy(['kept', 'new'])).toBe(false)
  })

  it('takes back what this run made, when all of them are new', async () => {
    expect(await undoneBy(['one', 'new'])).toBe(true)
  })
})

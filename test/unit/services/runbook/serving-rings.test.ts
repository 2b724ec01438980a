import {rm} from 'node:fs/promises'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'

import {countRunbook} from '../../../../src/runbook/count-runbook.js'
import type {RunbookShare} from '../../../../src/runbook/runbook.js'
import {applyRunbook} from '../../../../src/services/runbook/apply-runbook.js'
import {planRunbook} from '../../../../src/services/runbook/plan-runbook.js'
import {fakeRunbook, fakeRunbookWorld, fakeShare, type FakeRunbookWorld} from '../../../helpers/fake-runbook-world.js'
import {makeTempDirectory} from '../../../helpers/temp-directory.js'

const KEYS = ['a', 'b', 'c']
const CONSENTS = {
  allowSelfHosted: false,
  addressReserved: false,
  adoptStore: false,
  resetProgress: false,
  noRollback: false,
}
const SCOPE = {targets: [], only: []}
const CONSENTED = {...CONSENTS, allowSelfHosted: true}

/** A share at an address of its own: the networks of this world do not know of each other. */
function share(server: string, consumer: string, address: string): RunbookShare {
  const made = fakeShare(`${server}-to-${consumer}`, server, [consumer])
  return {...made, request: {...made.request, address}}
}
const TO_B = share('a', 'b', '10.9.0.20')
const TO_C = share('b', 'c', '10.9.0.30')
const TO_A = share('c', 'a', '10.9.0.40')
const BACK = share('b', 'a', '10.9.0.50')

let directory: string
let world: FakeRunbookWorld

beforeEach(async () => {
  directory = await makeTempDirectory()
  world = await fakeRunbookWorld(directory, KEYS)
})
afterEach(() => rm(directory, {recursive: true}))

const plan = async (shares: readonly RunbookShare[], consents = CONSENTS, only: readonly string[] = []) => {
  const scope = {targets: [], only: [...only]}
  const made = await planRunbook(
    {runbook: fakeRunbook(KEYS, shares), scope, consents, recreate: false},
    world.adapters,
    {},
  )
  return made.refusals.map(({code, name, message}) => ({code, name, message}))
}
const apply = (shares: readonly RunbookShare[], consents = CONSENTS) =>
  applyRunbook(
    {
      runbook: fakeRunbook(KEYS, shares),
      scope: SCOPE,
      consents,
      recreate: false,
      parallel: 4,
      keepGoing: false,
      command: ['again'],
    },
    world.adapters,
    {},
  )
const refusal = (name: string, text: string) => ({
  code: 'VN-SERVE-EACH-OTHER',
  name,
  message: expect.stringContaining(text),
})

describe('VCHs of one runbook that would serve each other', () => {
  it('are refused by the plan, each store of the ring, also over three VCHs', async () => {
    expect(await plan([TO_B, BACK])).toEqual([
      refusal('b-to-a-store', '"a" needs "b" to boot, and "b" needs "a"'),
      refusal('a-to-b-store', '"b" needs "a" to boot, and "a" needs "b"'),
    ])
    expect(await plan([TO_B, TO_C, TO_A])).toHaveLength(3)
    expect((await plan([TO_B, TO_C, TO_A]))[0]).toEqual(
      refusal('c-to-a-store', '"a" needs "c" to boot, "c" needs "b", and "b" needs "a"'),
    )
    // The control: one store less, and nobody waits for itself.
    expect(await plan([TO_B, TO_C])).toEqual([])
  })

  it('are planned with consent, and where one of them boots without its stores', async () => {
    expect(await plan([TO_B, BACK], CONSENTED)).toEqual([])
    const access = await world.adapters.one('b').vicMachine()
    const old = {...access.program}
    const inspect: typeof old.inspect = async (...call) => ({...(await old.inspect(...call)), vchVersion: '1.5.0'})
    Object.assign(access.program, {inspect, version: () => Promise.resolve('1.5.0')})
    const {server, consumer} = world.adapters.one('b')
    for (const api of [server, consumer]) {
      const real = {...api}
      Object.assign(api, {info: async () => ({...(await real.info()), version: '1.5.0'})})
    }
    expect(await plan([TO_B, BACK])).toEqual([])
  })

  it('are refused by apply before anything is made, and made with consent', async () => {
    await expect(apply([TO_B, BACK])).rejects.toMatchObject({
      code: 'VN-RUNBOOK-REFUSED',
      exitCode: 3,
      tries: [expect.stringContaining('--allow-self-hosted'), expect.anything()],
    })
    expect(world.did).toEqual([])
    const recap = await apply([TO_B, BACK], CONSENTED)
    expect(recap.vchs.map(({key, outcome}) => `${key} ${outcome}`)).toEqual(['a changed', 'b changed'])
  })

  it('are seen by what they have beyond the runbook, or beyond the part of it that is meant', async () => {
    await apply([TO_B, TO_C])
    expect(await plan([TO_A])).toEqual([])
    // The store of "b" is in no runbook any more, but vic-machine shows it.
    const other = share('c', 'b', '10.9.0.60')
    expect(await plan([BACK, other])).toEqual([refusal('b-to-a-store', '"a" needs "b" to boot, and "b" needs "a"')])
    // "b" is no consumer in this part, so that nobody asks for its stores; its record on the share of "a" says so.
    expect(await plan([BACK])).toEqual([])
    for (const [path, content] of world.vchs['b']!.files) world.vchs['a']!.files.set(path, content)
    expect(await plan([BACK, TO_B], CONSENTS, ['b-to-a'])).toEqual([
      refusal('b-to-a-store', '"a" needs "b" to boot, and "b" needs "a"'),
    ])
  })
})

describe('validate', () => {
  const notes = (...shares: readonly RunbookShare[]) =>
    countRunbook(fakeRunbook(KEYS, shares)).notes.filter((note) => note.includes('serve each other'))

  it('says each ring once, and none where there is none', () => {
    expect(notes(TO_B, BACK)).toEqual([expect.stringMatching(/"b" needs "a" to boot, and "a" needs "b".*--allow/)])
    expect(notes(TO_B, TO_C, TO_A)).toHaveLength(1)
    expect(notes(TO_B, TO_C)).toEqual([])
  })
})

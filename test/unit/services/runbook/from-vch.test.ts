import {rm} from 'node:fs/promises'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'

import {EXCHANGE, exchangeData} from '../../../../src/services/exchange/plan.js'
import {applyRunbook} from '../../../../src/services/runbook/apply-runbook.js'
import {failureOf, type RunbookRecap} from '../../../../src/services/runbook/recap.js'
import {findServer} from '../../../../src/services/share/find-server.js'
import {occupantOf} from '../../../../src/services/share/occupant.js'
import {endpointKey} from '../../../../src/services/vch-lock.js'
import {fakeRunbook, fakeRunbookWorld, fakeShare, type FakeRunbookWorld} from '../../../helpers/fake-runbook-world.js'
import {passedLadder, withoutRoute} from '../../../helpers/no-route.js'
import {makeTempDirectory} from '../../../helpers/temp-directory.js'

const KEYS = ['storage', 'web']
const CONSENTS = {
  allowSelfHosted: false,
  addressReserved: false,
  adoptStore: false,
  resetProgress: false,
  noRollback: false,
}
const COMMAND = ['vicnfs', 'runbook', 'apply', 'a.yaml']

let directory: string
let world: FakeRunbookWorld

beforeEach(async () => {
  directory = await makeTempDirectory()
  world = await fakeRunbookWorld(directory, KEYS)
  for (const key of KEYS) {
    const {nfs, consumer} = world.adapters.one(key)
    Object.assign(nfs, withoutRoute(nfs))
    Object.assign(consumer, {containerLogs: () => Promise.resolve(passedLadder())})
  }
})
afterEach(() => rm(directory, {recursive: true}))

function apply(shares: readonly ReturnType<typeof fakeShare>[], fromVch: boolean): Promise<RunbookRecap> {
  const usual = {scope: {targets: [], only: []}, consents: CONSENTS, recreate: false, parallel: 4, keepGoing: false}
  const runbook = fakeRunbook(KEYS, shares)
  return applyRunbook({...usual, runbook, command: COMMAND, fromVch}, world.adapters, {})
}

/** Where containers that look were made. */
const looked = (): string[] => [
  ...new Set(world.did.filter((deed) => /: create vicnfs-check-/.test(deed)).map((deed) => deed.split(':')[0] ?? '')),
]

describe('shares that this machine has no route to', () => {
  it('fail from here, and are taken back; the error names the command that asks the VCH', async () => {
    const recap = await apply([fakeShare('one', 'storage', ['web'])], false)
    expect(recap.shares).toMatchObject([{outcome: 'failed', error: {code: 'VN-NFS-NOT-READY'}}])
    expect(recap.shares[0]?.error?.tries.at(-1)).toBe('vicnfs runbook apply a.yaml --from vch')
    expect(failureOf(recap, {command: COMMAND})?.exitCode).toBe(4)
    expect(looked()).toEqual([])
  })

  it('come up by the eyes of the VCH that uses them', async () => {
    // The first container that is asked for files of the share has no answer: the shares are up by then.
    const recap = await apply([fakeShare('one', 'storage', ['web'])], true)
    expect(recap.shares).toMatchObject([{outcome: 'undone'}])
    expect(recap.vchs).toMatchObject([{key: 'web', error: {code: 'VN-CHECK-NO-RESULT'}}])
    expect(looked()).toEqual(['web'])
    expect([...world.vchs['web']!.containers.values()]).toEqual([])
  })

  it('come up by the eyes of the VCH that serves them, where none uses them', async () => {
    const recap = await apply([fakeShare('lone', 'storage', []), fakeShare('other', 'storage', [])], true)
    expect(recap.shares).toMatchObject([{outcome: 'created'}, {outcome: 'created'}])
    expect(looked()).toEqual(['storage'])
    expect(world.did.filter((deed) => deed.startsWith('storage: pull'))).toHaveLength(3)
  })

  it('have an exchange that was cut off ended by the eyes of the VCH that uses them', async () => {
    await apply([fakeShare('one', 'storage', [])], true)
    const {server: api, journal} = world.adapters.one('storage')
    const old = (await findServer(api, 'one', {signal: new AbortController().signal}))!
    const {request, ...rest} = occupantOf(old)
    const from = {...rest, request: {...request, image: 'registry.invalid/old:1'}}
    const store = {host: from.choice.address ?? '', path: '/exports/one', uid: 0, gid: 0}
    const plan = {share: 'one', run: 'run-of-before', from, to: from, stores: [store]}
    const vch = {keys: [endpointKey(api.endpoint)]}
    await journal.append({kind: 'intent', action: EXCHANGE, vch, data: exchangeData(plan, old)})
    world.vchs['storage']!.containers.clear()
    world.did.splice(0)
    const again = apply([fakeShare('one', 'storage', ['web'])], true)
    await expect(again).rejects.toMatchObject({code: 'VN-RUNBOOK-REFUSED'})
    expect((await findServer(api, 'one', {signal: new AbortController().signal}))?.container.state).toBe('running')
    expect(looked()).toEqual(['web'])
    // Nothing is fetched in the unsafe middle: the image of the looks is there, that of the server need not be.
    expect(world.did.filter((deed) => /^web: (pull|create) .*old:1/.test(deed))).toEqual([])
  })
})

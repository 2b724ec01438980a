import {rm} from 'node:fs/promises'
import {afterEach, beforeEach, expect, it} from '@jest/globals'

import {EXCHANGE, exchangeData} from '../../../../src/services/exchange/plan.js'
import {applyRunbook} from '../../../../src/services/runbook/apply-runbook.js'
import {planRunbook} from '../../../../src/services/runbook/plan-runbook.js'
import {findServer} from '../../../../src/services/share/find-server.js'
import {occupantOf} from '../../../../src/services/share/occupant.js'
import {endpointKey} from '../../../../src/services/vch-lock.js'
import {fakeRunbook, fakeRunbookWorld, fakeShare, type FakeRunbookWorld} from '../../../helpers/fake-runbook-world.js'
import {makeTempDirectory} from '../../../helpers/temp-directory.js'

const KEYS = ['storage', 'web']
const CONSENTS = {
  allowSelfHosted: false,
  addressReserved: false,
  adoptStore: false,
  resetProgress: false,
  noRollback: false,
}
const RUNBOOK = fakeRunbook(KEYS, [fakeShare('one', 'storage', ['web'])])
const USUAL = {runbook: RUNBOOK, scope: {targets: [], only: []}, consents: CONSENTS, recreate: false}
const {signal} = new AbortController()

let directory: string
let world: FakeRunbookWorld

beforeEach(async () => {
  directory = await makeTempDirectory()
  world = await fakeRunbookWorld(directory, KEYS)
})
afterEach(() => rm(directory, {recursive: true}))

it('an exchange that an earlier run was cut off in is seen by a plan, and ended by an apply before all else', async () => {
  const apply = () => applyRunbook({...USUAL, parallel: 1, keepGoing: false, command: ['again']}, world.adapters, {})
  await apply()
  const {server: api, journal} = world.adapters.one('storage')
  const old = (await findServer(api, 'one', {signal}))!
  const from = occupantOf(old)
  const plan = {share: 'one', run: 'run-of-before', from, to: from, stores: []}
  const vch = {keys: [endpointKey(api.endpoint)]}
  await journal.append({kind: 'intent', action: EXCHANGE, vch, data: exchangeData(plan, old)})
  world.vchs['storage']!.containers.clear()
  const did = world.did.length
  const planned = await planRunbook(USUAL, world.adapters, {})
  expect(planned.shares).toMatchObject([{mark: 'change', exchange: 'settle'}])
  expect(planned.shares[0]?.url).toContain(from.choice.address)
  expect(world.did).toHaveLength(did)
  const recap = await apply()
  expect(recap.counts).toMatchObject({ok: 2, changed: 0, powerCycles: 0})
  const now = (await findServer(api, 'one', {signal}))!
  expect([now.container.state, now.choice.address]).toEqual(['running', from.choice.address])
})

import {describe, expect, it} from '@jest/globals'
import {STAND_IN_VERSIONS} from '../../../src/sandbox/vic-machine/releases.js'
import {changeArguments} from '../../../src/vic-machine/command-line.js'
import {classifyEnd} from '../../../src/vic-machine/change-end.js'
import {parseConfigurationOutput} from '../../../src/vic-machine/configuration-output.js'
import {stateNamed, STATE_NAMES} from '../../helpers/vic-machine-cases/cases.js'
import {worldBefore} from '../../helpers/vic-machine-cases/case-world.js'
import {storesOf} from '../../helpers/vic-machine-cases/replay-case.js'
import {callStandIn} from '../sandbox/vic-machine/call-stand-in.js'
import {storesFrom} from '../sandbox/vic-machine/fake-vcenter.js'

const VCH = {name: 'vch1', computeResource: 'DC0_C0'}
/** States in which a configure is not refused for what went on before. */
const OPEN = STATE_NAMES.filter((name) => stateNamed(name).flag !== true)

function worldIn(state: string, release: string) {
  const row = {case: state, argv: '', release, before: state, exit: 0, says: [], means: ''}
  return worldBefore(row, () => undefined)
}

/** Reads what a VCH is made of, tells configure exactly that, and gives how it ended and what the VCH then has. */
async function feedBack(state: string, {release, format}: {readonly release: string; readonly format: string}) {
  const world = worldIn(state, release)
  const inspect = ['inspect', 'config', '--format', format, '--name', 'vch1', '--compute-resource', 'DC0_C0']
  const {stdout} = await callStandIn(world, inspect, {version: release})
  const {stores} = parseConfigurationOutput(stdout)
  const words = changeArguments({kind: 'configure', vch: VCH, stores, timeoutMs: 180_000})
  const ended = await callStandIn(world, words, {version: release})
  const [vch] = world.vms
  return {end: classifyEnd({kind: 'configure', ...ended}), stores: storesOf(vch?.guestInfo.stores ?? [])}
}

describe('what inspect config prints, fed back to configure', () => {
  it.each(OPEN.flatMap((state) => ['raw', 'verbose'].map((format) => [state, format] as const)))(
    'is accepted and changes nothing: %s, %s',
    async (state, format) => {
      const {end, stores} = await feedBack(state, {release: '1.5.8', format})
      expect(end).toMatchObject({claim: 'completed', exitCode: 0})
      expect(stores).toEqual(storesOf(storesFrom(...stateNamed(state).stores)))
    },
  )

  it.each(STAND_IN_VERSIONS)('is accepted by release %s, odd stores and all', async (release) => {
    for (const format of ['raw', 'verbose']) {
      const {end, stores} = await feedBack('odd-duplicate-label', {release, format})
      expect(end).toMatchObject({claim: 'completed', offlineLabels: ['two words']})
      expect(stores).toEqual(storesOf(storesFrom(...stateNamed('odd-duplicate-label').stores)))
    }
  })
})

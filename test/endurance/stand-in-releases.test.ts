import {afterAll, describe, expect, it} from '@jest/globals'
import {parseConfigurationOutput} from '../../src/vic-machine/configuration-output.js'
import {onlineStores, QUICK_KNOBS, sandboxesForTest, vicMachine, withControl} from '../helpers/stand-in-world.js'
import {parseListOutput} from '../../src/vic-machine/list-output.js'

const sandboxes = sandboxesForTest()
const DEFAULT = 'datastore1/volumes:default'
const MORE = 'Shared Store (2)/more (1), a:more'
/** Nothing listens at that address. */
const DEAD = 'nfs://127.0.0.1/nowhere:dead'
const RECORDED = ['1.2.1', '1.3.1', '1.4.3', '1.5.2', '1.5.6']

const stores = (...texts: readonly string[]) => texts.flatMap((text) => ['--volume-store', text])

afterAll(() => sandboxes.end())

describe('the executable of a sandbox, release by release', () => {
  it.each(RECORDED)('%s adds a store, shows it and takes it back as it printed it', async (vicVersion) => {
    const sandbox = await sandboxes.start({name: `r${vicVersion.replaceAll('.', '')}`, vicVersion})
    const named = ['--name', sandbox.name]
    expect((await vicMachine(sandbox, 'version')).stdout).toContain(` version v${vicVersion}-10000-`)
    const added = await vicMachine(sandbox, 'configure', ...named, ...stores(DEFAULT, MORE))
    expect(added).toMatchObject({exitCode: 0, stderr: '', stdout: expect.stringContaining('Completed successfully')})
    expect(await onlineStores(sandbox)).toEqual(['default', 'more'])
    const shown = parseConfigurationOutput((await vicMachine(sandbox, 'inspect', 'config', ...named)).stdout)
    const restated = shown.stores.map(({argument}) => argument)
    expect((await vicMachine(sandbox, 'configure', ...named, ...stores(...restated))).exitCode).toBe(0)
    expect(parseListOutput((await vicMachine(sandbox, 'ls')).stdout)).toHaveLength(1)
  })

  it('stays up with a dead store, whatever the release, where the knob says so', async () => {
    const knobs = {...QUICK_KNOBS, failedStore: 'skip' as const}
    const sandbox = await sandboxes.start({name: 'stays-up', vicVersion: '1.5.8', knobs})
    const added = await vicMachine(sandbox, 'configure', '--name', sandbox.name, ...stores(DEFAULT, DEAD))
    expect(added.stdout).toContain('VolumeStore (dead) cannot be brought online')
    expect(added.stdout).toContain('Completed successfully')
    expect(await onlineStores(sandbox)).toEqual(['default'])
  })

  it('1.2.1 rolls a time-out back, and leaves the VCH powered off', async () => {
    const knobs = {...QUICK_KNOBS, failedStore: 'exit' as const}
    const sandbox = await sandboxes.start({name: 'left-off', vicVersion: '1.2.1', knobs})
    const words = ['configure', '--name', sandbox.name, ...stores(DEFAULT, DEAD), '--timeout', '5s']
    const late = await vicMachine(sandbox, ...words)
    expect(late.exitCode).toBe(0)
    expect(late.stdout).toMatch(/ INFO {2}Roll back finished - Appliance is kept in powered off status$/m)
    const status = await withControl(sandbox, (control) => control.status())
    expect(status).toMatchObject({power: 'off', updateInProgress: false, snapshots: ['reconfigure for 10000']})
    expect(status.stores.map(({label}) => label)).toEqual(['default'])
  })
})

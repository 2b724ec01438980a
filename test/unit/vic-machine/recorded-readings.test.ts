import {describe, expect, it} from '@jest/globals'
import {printedStore} from '../../../src/model/volume-store.js'
import {parseConfigurationOutput} from '../../../src/vic-machine/configuration-output.js'
import {parseInspectOutput} from '../../../src/vic-machine/inspect-output.js'
import {parseListOutput} from '../../../src/vic-machine/list-output.js'
import {NO_RECORDINGS, readRecordings} from '../../helpers/vic-machine-cases/recording.js'

const suite = NO_RECORDINGS === undefined ? describe : describe.skip

suite(`recorded reading calls${NO_RECORDINGS === undefined ? '' : ` (skipped: ${NO_RECORDINGS})`}`, () => {
  const all = readRecordings()
  const named = (name: string) => {
    const found = all.find((recording) => recording.name === name)
    if (found === undefined) throw new Error(`there is no recording ${name}`)
    return found.stdout
  }

  it('the raw and the verbose form of one configuration agree', () => {
    for (const version of ['v1.2.1', 'v1.3.1', 'v1.4.3', 'v1.5.2', 'v1.5.6']) {
      const [raw, verbose] = ['raw', 'verbose'].map((form) => {
        const {stores, ...rest} = parseConfigurationOutput(named(`version-${version}-inspect-config-${form}`))
        return {...rest, stores: stores.map((store) => store.argument).sort()}
      })
      expect(verbose).toEqual(raw)
      expect(raw?.stores).toEqual([
        'ds://Shared Store (2)/vic vols:second',
        'ds://datastore1/volumes:default',
        'nfs://192.0.2.10/exports/data?uid=1000&gid=1000:nfs1',
      ])
    }
  })

  it('all the odd stores are read, and printed again as they were', () => {
    const stdout = named('inspect-config-raw-many')
    const {stores} = parseConfigurationOutput(stdout)
    expect(stores).toHaveLength(21)
    for (const store of stores) expect(stdout).toContain(`--volume-store=${printedStore(store)}`)
    expect(stores.find((store) => store.label === 'two words')?.argument).toBe('nfs://192.0.2.10/exports/ls:two words')
    expect(stores.find((store) => store.label === 'ds2')?.argument).toBe('ds://Shared Store (2)/VIC:ds2')
    expect(stores.find((store) => store.label === 'nfs6')).toMatchObject({host: '[2001:db8::1]', path: '/exports/data'})
  })

  it('names with blanks are whole', () => {
    expect(parseConfigurationOutput(named('inspect-config-raw-name-with-space')).name).toBe('my vch-2')
    expect(parseListOutput(named('ls-two'))).toEqual([
      expect.objectContaining({id: 'vm-73', name: 'vch1'}),
      {
        id: 'vm-83',
        path: '/DC0/host/DC0_C1/Resources',
        name: 'my vch-2',
        version: 'v1.5.8-10000-2c978fe',
        upgradeStatus: 'Up to date',
      },
    ])
    expect(parseListOutput(named('ls-none'))).toEqual([])
  })

  it('inspect tells who and where the VCH is', () => {
    expect(parseInspectOutput(named('inspect-by-id'))).toEqual({
      id: 'vm-83',
      vchVersion: '1.5.8',
      installerVersion: '1.5.8',
      dockerHost: '192.0.2.52:2376',
      publishedAddress: '192.0.2.52',
    })
  })
})

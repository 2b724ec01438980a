import {describe, expect, it} from '@jest/globals'
import {printedStore} from '../../../src/model/volume-store.js'
import {parseConfigurationOutput} from '../../../src/vic-machine/configuration-output.js'
import {parseInspectOutput} from '../../../src/vic-machine/inspect-output.js'
import {parseListOutput} from '../../../src/vic-machine/list-output.js'
import {failureOf} from '../../../src/vic-machine/reading-call.js'
import {parseVersionOutput} from '../../../src/vic-machine/version-output.js'
import {NO_RECORDINGS, readRecordings, type Recording} from './recording.js'

/** Reading calls that fail, and with which code; all others must be read. */
const FAILING: Record<string, string> = {
  'auth-no-password-no-terminal': 'PASSWORD-MISSING',
  'auth-no-password-raw': 'LOGIN',
  'auth-no-thumbprint-force': 'VCH-UNKNOWN',
  'auth-no-thumbprint-raw': 'THUMBPRINT-MISSING',
  'auth-password-env-empty': 'LOGIN',
  'auth-password-on-stdin-pipe': 'PASSWORD-MISSING',
  'auth-wrong-password': 'LOGIN',
  'auth-wrong-thumbprint-raw': 'THUMBPRINT-WRONG',
  'auth-lowercase-thumbprint': 'THUMBPRINT-WRONG',
  'inspect-config-flags-before-config': 'COMPUTE-RESOURCE',
  'inspect-config-raw-no-compute-resource': 'COMPUTE-RESOURCE',
  'inspect-config-raw-timeout': 'TIMEOUT',
  'inspect-config-raw-unknown-name': 'VCH-UNKNOWN',
  'inspect-default-name': 'VCH-UNKNOWN',
  'inspect-id-of-no-vch': 'VCH-UNKNOWN',
  'inspect-powered-off': 'VCH-OFF',
  'inspect-timeout': 'TIMEOUT',
  'inspect-two-clusters-without-compute-resource': 'COMPUTE-RESOURCE',
  'inspect-two-datacenters-without-datacenter': 'DATACENTER',
  'inspect-unknown-id': 'VCH-UNKNOWN',
  'inspect-unknown-name': 'VCH-UNKNOWN',
  'inspect-wrong-cluster': 'VCH-UNKNOWN',
  'ls-compute-resource-unknown': 'COMPUTE-RESOURCE',
  'target-port': 'TARGET-UNREACHABLE',
  'target-wrong-datacenter': 'DATACENTER',
  'usage-inspect-config-no-target-raw': 'SETTINGS',
  'usage-target-refused': 'TARGET-UNREACHABLE',
  'usage-target-refused-no-thumbprint': 'TARGET-UNREACHABLE',
  'usage-target-unknown-host': 'TARGET-UNKNOWN',
}

const PARSERS = {
  config: parseConfigurationOutput,
  inspect: parseInspectOutput,
  ls: parseListOutput,
  version: parseVersionOutput,
}

/** Which parser a recording is for; undefined for changes, help and foreign commands. */
function parserOf({argv}: Recording): keyof typeof PARSERS | undefined {
  if (argv.includes('--help') || argv.includes('-h')) return undefined
  if (argv.includes('config')) return 'config'
  if (argv.includes('inspect')) return 'inspect'
  if (argv.includes('ls')) return 'ls'
  return argv[1] === 'version' || argv[1] === '--version' ? 'version' : undefined
}

const suite = NO_RECORDINGS === undefined ? describe : describe.skip

suite(`recorded reading calls${NO_RECORDINGS === undefined ? '' : ` (skipped: ${NO_RECORDINGS})`}`, () => {
  const all = readRecordings()
  const readings = all.flatMap((recording) => {
    const parser = parserOf(recording)
    return parser === undefined ? [] : [{name: recording.name, parser, recording}]
  })
  const named = (name: string) => {
    const found = all.find((recording) => recording.name === name)
    if (found === undefined) throw new Error(`there is no recording ${name}`)
    return found.stdout
  }

  for (const {name, parser, recording} of readings) {
    it(`of ${name}`, () => {
      const failure = failureOf(recording.argv.slice(1), {...recording, signal: undefined, secrets: []})
      const expected = FAILING[name]
      expect(failure?.code).toBe(expected === undefined ? undefined : `VN-VICMACHINE-${expected}`)
      if (failure === undefined) expect(PARSERS[parser](recording.stdout)).toBeDefined()
      else expect(failure.message).toMatch(/^[A-Za-z].*\.$/s)
    })
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

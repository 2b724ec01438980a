import {describe, expect, it} from '@jest/globals'
import fc from 'fast-check'
import {parseStoreArgument, printedStore} from '../../../src/model/volume-store.js'
import {parseConfigurationOutput} from '../../../src/vic-machine/configuration-output.js'
import {parseInspectOutput} from '../../../src/vic-machine/inspect-output.js'
import {parseListOutput} from '../../../src/vic-machine/list-output.js'
import {parseLogLines, unquoteGo} from '../../../src/vic-machine/log-line.js'
import {parseVersionOutput} from '../../../src/vic-machine/version-output.js'

const UNREADABLE = expect.objectContaining({code: 'VN-VICMACHINE-UNREADABLE'}) as never
const said = (level: string, text: string) =>
  `time="2026-11-23T15:52:34Z" level=${level} msg=${JSON.stringify(text)} \n`

describe('parseLogLines', () => {
  it('reads all the shapes, and what belongs to a line before', () => {
    const output =
      'time="2026-11-23T15:52:34+01:00" level=info msg="a \\"b\\"\\n\\tc" \n' +
      'time="2026-11-23T15:52:34Z" level=error msg=-------------------- \n' +
      'time="2026-11-23T15:52:34Z" level=info \n' +
      'Nov  3 2026 15:25:50.943Z ERROR Existing volume store x not specified\n' +
      'Nov 23 2026 15:25:50.943Z INFO    indented\n' +
      'and more\n' +
      '\u001b[33mWARN\u001b[0m[0003] careful                                      \n' +
      'time="2026-11-23T15:52:34Z" level=debug msg=d \n' +
      'plain\n'
    expect(parseLogLines(output)).toEqual([
      {level: 'info', text: 'a "b"\n\tc'},
      {level: 'error', text: '--------------------'},
      {level: 'info', text: ''},
      {level: 'error', text: 'Existing volume store x not specified'},
      {level: 'info', text: '  indented\nand more'},
      {level: 'warning', text: 'careful'},
      {level: 'debug', text: 'd'},
      {level: 'plain', text: 'plain'},
    ])
  })

  it('undoes quoting, Go-wise', () => {
    expect(unquoteGo('"\\x41\\u00fc\\U0001f600\\101\\a\\v\\\\\\""')).toBe('Aü😀A\u0007\v\\"')
    expect(unquoteGo('bare')).toBe('bare')
    fc.assert(fc.property(fc.string({unit: 'grapheme'}), (text) => expect(unquoteGo(JSON.stringify(text))).toBe(text)))
  })
})

describe('inspect config', () => {
  const verbose = (options: readonly string[]) =>
    said('info', `The target VCH is configured with the following options: \n\n\t${options.join('\n\t')}\n`)

  it('keeps values with blanks whole, even those that look like options', () => {
    const {name, stores, options} = parseConfigurationOutput(
      said('info', '### Inspecting VCH ####') +
        verbose([
          '--target=https://vc',
          '--name=my vch --volume-store=nfs://x/y:z',
          '--volume-store=nfs://h/p:two --x=y',
        ]),
    )
    expect(name).toBe('my vch --volume-store=nfs://x/y:z')
    expect(stores.map((store) => store.label)).toEqual(['two --x=y'])
    expect(options.map((option) => option.name)).toEqual(['target', 'name'])
  })

  it('gives back every store of a VCH, whatever its name', () => {
    const label = fc.stringMatching(/^[A-Za-z0-9 _.,=+()é-]{1,12}$/)
    const place = fc.oneof(
      fc.stringMatching(/^[A-Za-z0-9 (),_-]{1,10}$/).map((name) => `nfs://192.0.2.10/exports/${name}?uid=0&gid=0`),
      fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 (),_-]{0,10}$/).map((name) => `${name}/volumes`),
    )
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(label, place), {selector: ([l]) => l, maxLength: 6}), (pairs) => {
        const given = pairs.map(([l, p]) => parseStoreArgument(`${p}:${l}`))
        const shown = given.map((store) => `--volume-store=${printedStore(store)}`)
        const {stores} = parseConfigurationOutput(
          verbose(['--target=https://vc', '--name=v', ...shown, '--bridge-network=b']),
        )
        expect(stores.map((store) => printedStore(store))).toEqual(given.map((store) => printedStore(store)))
      }),
    )
  })

  it.each([
    ['nothing', ''],
    ['another message', said('info', 'Completed successfully')],
    ['an option that is none', verbose(['--target=https://vc', 'surprise'])],
    ['an option without value', verbose(['--target=https://vc', '--no-tls'])],
    ['a list that was cut', verbose(['--volume-store=nfs://h/p:l'])],
    ['one label twice', verbose(['--target=x', '--volume-store=nfs://h/p:l', '--volume-store=nfs://h/q:l'])],
    ['a message that goes on', verbose(['--target=x', '--name=a\n\nb'])],
    ['two raw lines', '--target=x --name=y\n--target=x --name=z\n'],
  ])('refuses %s', (_, stdout) => {
    expect(() => parseConfigurationOutput(stdout)).toThrow(UNREADABLE)
  })

  it('refuses a store that it could not restate, and names it', () => {
    const stdout = verbose(['--target=x', '--volume-store=nfs://h/p:a/b'])
    expect(() => parseConfigurationOutput(stdout)).toThrow(expect.objectContaining({code: 'VN-STORE-UNRESTATABLE'}))
    expect(() => parseConfigurationOutput(stdout)).toThrow('nfs://h/p:a/b')
  })
})

describe('ls, inspect, version', () => {
  const HEADER = 'ID        PATH        NAME        VERSION        UPGRADE STATUS'

  it.each([
    ['no header', 'vm-1 a b c'],
    ['a row that does not fit', `${HEADER}\nvm-1 /DC0/host/a/very/long/path name v1.5.8 Up to date`],
    ['a row without name', `${HEADER}\nvm-1      /DC0                    v1.5.8         Up to date`],
  ])('ls: refuses %s', (_, stdout) => {
    expect(() => parseListOutput(stdout)).toThrow(UNREADABLE)
  })

  it('ls: cuts by characters, not by bytes', () => {
    const row = 'vm-1      /DC0        ünï vch     v1.5.8         Upgrade to v1.5.9'
    expect(parseListOutput(`${HEADER}\n${row}\n`)).toEqual([
      {id: 'vm-1', path: '/DC0', name: 'ünï vch', version: 'v1.5.8', upgradeStatus: 'Upgrade to v1.5.9'},
    ])
  })

  it.each([
    'VCH ID: vm-1',
    'VCH version: v1.5.8-1-2c978fe',
    'Installer version: v1.5.8-1-2c978fe',
    'DOCKER_HOST=192.0.2.1:2376',
  ])('inspect: refuses output without %s', (left) => {
    const all = [
      'VCH ID: vm-1',
      'VCH version: v1.5.8-1-2c978fe',
      'Installer version: v1.5.8-1-2c978fe',
      'DOCKER_HOST=192.0.2.1:2376',
    ]
    expect(parseInspectOutput(all.map((text) => said('info', text)).join(''))).toMatchObject({
      id: 'vm-1',
      dockerHost: '192.0.2.1:2376',
    })
    const some = all.filter((text) => text !== left)
    expect(() => parseInspectOutput(some.map((text) => said('info', text)).join(''))).toThrow(UNREADABLE)
  })

  it('inspect: takes a socket for DOCKER_HOST', () => {
    const texts = [
      'VCH ID: vm-1',
      'VCH version: v1.5.8',
      'Installer version: v1.5.8',
      'DOCKER_HOST=unix:///run/x/docker.sock',
    ]
    expect(parseInspectOutput(texts.map((text) => said('info', text)).join('')).dockerHost).toBe(
      'unix:///run/x/docker.sock',
    )
  })

  it.each(['', 'vic-machine-linux version', 'docker version 28', 'vic-machine-linux version vNext'])(
    'version: refuses %j',
    (stdout) => {
      expect(() => parseVersionOutput(stdout)).toThrow(UNREADABLE)
    },
  )
})

import {appendFileSync, readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {openAttributeTable} from '../../../../src/sandbox/nfs-server/attribute-table.js'
import {parseExportOptions, ruleFor} from '../../../../src/sandbox/nfs-server/export-options.js'
import type {SettingsError} from '../../../../src/sandbox/nfs-server/settings.js'
import {checkSettings} from '../../../../src/sandbox/nfs-server/settings.js'
import {OPEN, makeBase, removeBase, type ExportSession} from './export-session.js'

describe('export options', () => {
  it('reads clients with the defaults of exports(5)', () => {
    const {rules, faults} = parseExportOptions(
      '*(rw,sync,no_subtree_check,insecure,no_root_squash)  10.0.0.0/255.0.0.0',
    )
    expect(faults).toEqual([])
    expect(rules).toMatchObject([
      {pattern: '*', readOnly: false, sync: true, secure: false, rootSquash: false, anonUid: 65_534},
      {pattern: '10.0.0.0/255.0.0.0', readOnly: true, secure: true, rootSquash: true, allSquash: false},
    ])
  })

  it.each([
    ['*(rw,norootsquash)', 'EXPORT_OPTS of the client "*": there is no option "norootsquash"'],
    ['*(constructor)', 'EXPORT_OPTS of the client "*": there is no option "constructor"'],
    ['*(rw', 'EXPORT_OPTS must be entries like *(rw,sync) without a blank inside, "*(rw" is none'],
    ['*(anonuid=x)', 'EXPORT_OPTS of the client "*": anonuid must be a whole number'],
    ['*(fsid=me)', 'EXPORT_OPTS of the client "*": fsid is set by EXPORT_FSID'],
    ['*(sec=krb5)', 'EXPORT_OPTS of the client "*": sec=krb5 is not offered, a VCH has AUTH_SYS only'],
    ['a&b(rw)', 'EXPORT_OPTS names "a&b", which is no address, network or host name'],
    ['10.0.0.256(rw)', 'EXPORT_OPTS names "10.0.0.256", which is no address, network or host name'],
    ['*(rw,,sync)', 'EXPORT_OPTS of the client "*": there is no option ""'],
    ['  ', 'EXPORT_OPTS names no client'],
  ])('finds the fault of %j', (text, fault) => {
    expect(parseExportOptions(text)).toMatchObject({faults: [fault], unresolved: []})
  })

  it.each(['host.example', '@group', '*.example', '2001:db8::/32'])('looks no client up: %s', (client) => {
    expect(parseExportOptions(`*(rw) ${client}(rw)`)).toMatchObject({faults: [], unresolved: [client]})
  })

  it('prefers address to network to everybody, whatever the order', () => {
    const {rules} = parseExportOptions('*(ro) 10.1.0.0/16(rw) 10.0.0.0/8(rw) 10.1.2.3(rw)')
    const pattern = (address: string) => ruleFor(rules, address)?.pattern
    expect(
      ['10.1.2.3', '10.1.2.4', '10.2.0.1', '11.0.0.1', '::ffff:10.1.2.3', '::1'].map((one) => pattern(one)),
    ).toEqual([...['10.1.2.3', '10.1.0.0/16', '10.0.0.0/8', '*', '10.1.2.3', '*']])
    expect(ruleFor(parseExportOptions('255.255.255.0/24(rw)').rules, '255.255.255.9')).toBeDefined()
  })
})

describe('settings', () => {
  let base: string
  beforeEach(() => {
    base = makeBase()
  })
  afterEach(() => removeBase({root: path.join(base, 'export')} as ExportSession))

  const good = () => ({
    ...{address: '127.0.0.1', portmapPort: 0, nfsdPort: 0, mountdPort: 0, exportPath: '/home/nfs'},
    ...{rootDirectory: path.join(base, 'export'), exportOptions: OPEN, attributesFile: path.join(base, 'attributes')},
  })
  const faultsOf = (changes: object): {faults: readonly string[]; exitCode: number} => {
    try {
      checkSettings({...good(), ...changes})
    } catch (error) {
      return error as SettingsError
    }
    throw new Error('the settings were taken')
  }

  it('takes good ones', () => {
    expect(checkSettings(good()).rules).toHaveLength(1)
  })

  it('names every fault at once', () => {
    const {faults, exitCode} = faultsOf({
      portmapPort: 70_000,
      nfsdPort: '2049',
      exportMode: -1,
      exportPath: undefined,
      openPorts: [0],
    })
    expect(exitCode).toBe(2)
    expect(faults.map((fault) => fault.split(' ')[0])).toEqual([
      ...['exportPath', 'portmapPort', 'nfsdPort', 'exportMode', 'openPorts'],
    ])
  })

  it.each(['home/nfs', '/home/../etc', '/home//nfs', '/home/nfs/..'])('refuses the export path %j', (exportPath) => {
    expect(faultsOf({exportPath}).faults[0]).toMatch(/^exportPath must be/)
  })

  it('refuses a side table inside the export, also behind a link, and a directory that is none', () => {
    expect(faultsOf({attributesFile: path.join(base, 'export', 'attributes')}).faults).toEqual([
      'attributesFile must not lie inside the served directory',
    ])
    expect(faultsOf({rootDirectory: path.join(base, 'none')})).toMatchObject({
      exitCode: 21,
      faults: [expect.stringContaining('cannot be used')],
    })
    writeFileSync(path.join(base, 'file'), '')
    expect(faultsOf({rootDirectory: path.join(base, 'file')}).faults[0]).toMatch(/is no directory$/)
  })

  it('ends with codes of their own for bad options and for clients that it cannot look up', () => {
    expect(faultsOf({exportOptions: '*(rw,bogus)'}).exitCode).toBe(14)
    expect(faultsOf({exportOptions: 'host.example(rw)'})).toMatchObject({
      exitCode: 33,
      faults: ['EXPORT_OPTS names "host.example", and the sandbox looks up no names'],
    })
  })
})

describe('side table', () => {
  let base: string
  beforeEach(() => {
    base = makeBase()
  })
  afterEach(() => removeBase({root: path.join(base, 'export')} as ExportSession))
  const entry = {uid: 1, gid: 2, mode: 0o644, generation: 0}

  it('forgets a line that a killed server did not finish, and nothing else', () => {
    const file = path.join(base, 'attributes')
    const table = openAttributeTable(file)
    table.set('a', entry)
    table.set('b', entry)
    table.remove('b')
    // Not closed: a killed server does not either.
    appendFileSync(file, '["c",1,2')
    const again = openAttributeTable(file)
    expect([again.get('a'), again.get('b'), again.get('c')]).toEqual([entry, undefined, undefined])
    expect(again.handleSecret).toEqual(table.handleSecret)
    expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(3)
    table.close()
    again.close()
  })

  it('refuses a file that is damaged or no table', () => {
    const file = path.join(base, 'attributes')
    openAttributeTable(file).close()
    appendFileSync(file, 'nonsense\n["a",1,2,3,0]\n')
    expect(() => openAttributeTable(file)).toThrow(/line 2: damaged/)
    writeFileSync(file, '{}\n')
    expect(() => openAttributeTable(file)).toThrow(/no attribute table/)
    writeFileSync(file, 'hello\n')
    expect(() => openAttributeTable(file)).toThrow()
  })
})

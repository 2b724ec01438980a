import {chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync} from 'node:fs'
import {execFileSync} from 'node:child_process'
import {statSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {firstState} from '../../../../src/sandbox/lifecycle/first-state.js'
import {makeHandle} from '../../../../src/sandbox/lifecycle/handle.js'
import {ensurePrivate, privateRoot, socketPaths} from '../../../../src/sandbox/lifecycle/private-folder.js'
import {
  knownSandboxes,
  sandboxDirectory,
  sandboxesDirectory,
} from '../../../../src/sandbox/lifecycle/sandbox-directory.js'
import {vicMachinePath, writeWrapper} from '../../../../src/sandbox/lifecycle/wrapper-script.js'

let root: string
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'vicnfs-folders-'))
})
afterEach(() => rmSync(root, {recursive: true, force: true}))

const state = (stores: readonly string[] = ['datastore1/volumes:default'], portmapPort = 111) =>
  firstState({
    name: 'sandbox',
    vicVersion: '1.5.8',
    vicMachineVersion: '1.5.8',
    subnets: ['127.70.2', '127.70.3', '127.70.9'],
    networks: [{name: 'dhcp-net', dhcp: {delayMs: 5}}],
    stores,
    knobs: {bootDelayMs: 1},
    socketPath: path.join(root, 'docker.sock'),
    portmapPort,
  })

describe('private folders', () => {
  it('are made 0700, and refused when others may enter or when they are a link', () => {
    const folder = path.join(root, 'mine')
    ensurePrivate(folder)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    chmodSync(folder, 0o750)
    expect(() => ensurePrivate(folder)).toThrow(expect.objectContaining({code: 'VN-SANDBOX-FOLDER'}))
    mkdirSync(path.join(root, 'target'), {mode: 0o700})
    symlinkSync(path.join(root, 'target'), path.join(root, 'link'))
    expect(() => ensurePrivate(path.join(root, 'link'))).toThrow('it is no directory')
    symlinkSync(path.join(root, 'nowhere'), path.join(root, 'dangling'))
    expect(() => ensurePrivate(path.join(root, 'dangling'))).toThrow('it is no directory')
  })

  it('lie below XDG_RUNTIME_DIR if that is there, else below the temporary directory', () => {
    expect(privateRoot({XDG_RUNTIME_DIR: root})).toBe(path.join(root, 'vicnfs'))
    expect(privateRoot({XDG_RUNTIME_DIR: path.join(root, 'nowhere')})).toMatch(/\/vicnfs-\d+$/)
  })

  it('keep the paths of sockets short, or say so', () => {
    const paths = socketPaths(
      '/run/user/1000/vicnfs',
      '/home/somebody/a/very/long/path/that/goes/on/and/on/and/on/and/on/sandboxes/sandbox',
    )
    expect(paths.docker).toMatch(/^\/run\/user\/1000\/vicnfs\/[0-9a-f]{8}\/docker\.sock$/)
    expect(() => socketPaths(`/tmp/${'x'.repeat(90)}`, '/s')).toThrow(
      expect.objectContaining({code: 'VN-SANDBOX-PATH'}),
    )
  })
})

describe('state directories', () => {
  it('follow VICNFS_STATE_DIR, then XDG_STATE_HOME', () => {
    expect(sandboxesDirectory(undefined, {VICNFS_STATE_DIR: '/a'})).toBe('/a/sandboxes')
    expect(sandboxesDirectory(undefined, {XDG_STATE_HOME: '/b'})).toBe('/b/vicnfs/sandboxes')
    expect(sandboxesDirectory('/c', {VICNFS_STATE_DIR: '/a'})).toBe('/c/sandboxes')
  })

  it.each(['', '../x', 'a/b', '-x', 'x'.repeat(61), 'ü'])('refuse the name %j', (name) => {
    expect(() => sandboxDirectory(name, root)).toThrow(expect.objectContaining({code: 'VN-SANDBOX-NAME'}))
  })

  it('are listed when they have a state', () => {
    for (const name of ['b', 'a', 'no-state']) mkdirSync(path.join(root, 'sandboxes', name), {recursive: true})
    for (const name of ['a', 'b']) writeFileSync(path.join(root, 'sandboxes', name, 'state.json'), '{}')
    expect(knownSandboxes(root)).toEqual(['a', 'b'])
  })
})

describe('a new sandbox', () => {
  it('is a VCH that was never configured', () => {
    const made = state()
    expect(made).toMatchObject({
      power: 'on',
      snapshots: [],
      publicAddress: '127.70.2.2',
      guestInfo: {stores: [{label: 'default'}]},
    })
    expect(made.guestInfo).not.toHaveProperty('updateInProgress')
    expect(
      made.networks.map(({name, subnet, gateway, ipRange, driver}) => [name, driver, subnet, gateway, ipRange]),
    ).toEqual([
      ['bridge', 'bridge', '127.70.3.0/24', '127.70.3.1', '127.70.3.32/27'],
      ['storage-net', 'external', '127.70.2.0/24', '127.70.2.1', '127.70.2.32/27'],
      ['dhcp-net', 'external', undefined, undefined, undefined],
    ])
    expect(made.networks[2]?.dhcp).toEqual({range: '127.70.9.32/27', delayMs: 5})
    expect(made.vmId).toMatch(/^vm-\d{3}$/)
    expect(made.target).toMatch(/^vcenter-[0-9a-f]{8}\.sbx\.invalid$/)
    expect(made.thumbprint).toMatch(/^(?:[0-9A-F]{2}:){19}[0-9A-F]{2}$/)
    expect(new Set(Array.from({length: 20}, () => state().target)).size).toBe(20)
  })

  it('knows the datastores of its stores, and refuses a store that VIC refuses', () => {
    expect(state(['other/x:default']).datastores).toContain('other')
    expect(() => state(['nonsense'])).toThrow(expect.objectContaining({code: 'VN-SANDBOX-STORE'}))
  })

  it('says its portmap port only where that is not 111', () => {
    const variables = (port: number) =>
      makeHandle(root, state([], port), {started: true, apiAnswers: true}).environment()
    expect(variables(111)).not.toHaveProperty('VICNFS_PORTMAP_PORT')
    expect(variables(20_111)).toHaveProperty('VICNFS_PORTMAP_PORT', '20111')
  })

  it('has an executable whose words survive blanks and quotes in paths', () => {
    const odd = path.join(root, `it's "odd" $HOME`)
    mkdirSync(odd)
    writeWrapper(odd, state(), path.join(odd, 'control.sock'))
    const version = execFileSync(vicMachinePath(odd), ['version'], {cwd: odd, encoding: 'utf8'})
    expect(version).toBe('vic-machine-linux version v1.5.8-10000-2c978fe\n')
    expect(statSync(path.join(odd, 'vic-machine.log')).size).toBe(0)
  })
})

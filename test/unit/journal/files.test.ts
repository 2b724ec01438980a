import {describe, expect, it} from '@jest/globals'
import {mkdir, readdir, readFile, stat, writeFile} from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

import {writeFileAtomically} from '../../../src/journal/atomic-file.js'
import {stateDirectory} from '../../../src/journal/state-directory.js'
import {vchKeys} from '../../../src/journal/vch-keys.js'
import {withTempDirectory} from '../../helpers/temp-directory.js'

describe('stateDirectory', () => {
  it.each([
    [{VICNFS_STATE_DIR: '/s', XDG_STATE_HOME: '/x', HOME: '/h'}, '/s'],
    [{VICNFS_STATE_DIR: '', XDG_STATE_HOME: '/x', HOME: '/h'}, '/x/vicnfs'],
    [{XDG_STATE_HOME: 'relative', HOME: '/h'}, '/h/.local/state/vicnfs'],
    [{}, path.join(os.homedir(), '.local/state/vicnfs')],
  ])('%j gives %s', (environment, expected) => {
    expect(stateDirectory(environment)).toBe(expected)
  })
})

describe('writeFileAtomically', () => {
  it('replaces the text as a whole, keeps it private, leaves nothing beside it', () =>
    withTempDirectory(async (directory) => {
      const file = path.join(directory, 'state.json')
      await writeFile(file, 'old', {mode: 0o644})
      await writeFileAtomically(file, 'new')
      expect(await readFile(file, 'utf8')).toBe('new')
      expect((await stat(file)).mode & 0o777).toBe(0o600)
      expect(await readdir(directory)).toEqual(['state.json'])
    }))

  it('leaves the old one and no rest when it fails', () =>
    withTempDirectory(async (directory) => {
      const target = path.join(directory, 'target')
      await mkdir(target)
      await expect(writeFileAtomically(target, 'new')).rejects.toThrow()
      expect(await readdir(directory)).toEqual(['target'])
    }))
})

describe('vchKeys', () => {
  it('names a VCH by endpoint and by vCenter and id, without credentials, in one spelling', () => {
    const keys = vchKeys({endpoint: '10.0.0.5:2376', target: 'https://admin:pw@VC.example/dc1', id: 'vm-12'})
    expect(keys).toEqual(['endpoint:10.0.0.5:2376', 'vm:vc.example/vm-12'])
    expect(vchKeys({target: 'vc.example', id: 'vm-12'})).toEqual(['vm:vc.example/vm-12'])
  })
})

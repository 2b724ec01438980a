import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {rm} from 'node:fs/promises'

import {journalled} from '../../../src/journal/journalled.js'
import {openJournal} from '../../../src/journal/journal.js'
import {VicnfsError} from '../../../src/model/vicnfs-error.js'
import {openChanges} from '../../../src/services/registration/open-changes.js'
import {makeTempDirectory} from '../../helpers/temp-directory.js'

const vch = {keys: ['vm:vc/vm-1']}
let directory: string

beforeEach(async () => {
  directory = await makeTempDirectory()
})

afterEach(() => rm(directory, {recursive: true, force: true}))

describe('journalled', () => {
  it('closes its intent also when the change fails', async () => {
    const journal = openJournal(directory)
    const create = {action: 'volume-create', keys: vch.keys, data: {volume: 'v'}}
    expect(await journalled(journal, create, () => Promise.resolve(7))).toBe(7)
    const failure = new VicnfsError('VN-INTERRUPTED', 'Cut off')
    await expect(journalled(journal, create, () => Promise.reject(failure))).rejects.toBe(failure)
    const records = await journal.history()
    expect(records.map((record) => record.result?.data)).toEqual([
      {outcome: 'done'},
      {outcome: 'failed', code: 'VN-INTERRUPTED'},
    ])
  })
})

describe('openChanges', () => {
  it('holds changes of the VCH by vic-machine only: no other intent proves which VCH it is', async () => {
    const journal = openJournal(directory)
    const open = (action: string) => journal.append({kind: 'intent', action, vch, data: {}})
    await open('volume-create')
    await open('server-remove')
    expect(await openChanges(journal, vch.keys)).toEqual([])
    const id = await open('rollback')
    expect((await openChanges(journal, vch.keys)).map((entry) => entry.id)).toEqual([id])
  })
})

import {describe, expect, it} from '@jest/globals'

import type {ConsumerRecord} from '../../../../src/model/consumer-record.js'
import {isVicnfsError} from '../../../../src/model/vicnfs-error.js'
import type {ShareSession} from '../../../../src/nfs/share-access.js'
import {admitConsumer, removeOwnRecord, writeRecord} from '../../../../src/services/registration/record.js'
import {fakeWorld} from '../fake-adapters.js'

const PLACE = {host: '10.0.0.9', path: '/exports/data', uid: 0, gid: 0}
const {signal} = new AbortController()
const LISTED = ['nfs://10.0.0.9/exports/data?uid=0&gid=0:nfs']
const {adapters, vch} = fakeWorld({
  stores: [],
  online: [],
  others: {'vm-2': LISTED, 'vm-3': ['datastore1/volumes:default']},
})

/** A share in memory: its files, and the folders of volumes. */
function share(files: Record<string, string>, volumes: readonly string[] = []) {
  const session = {
    readFile: (file: string) => Promise.resolve(files[file] === undefined ? undefined : Buffer.from(files[file])),
    list: (folder: string) =>
      Promise.resolve(folder === 'volumes_metadata' ? volumes.map((name) => ({name, isDirectory: true})) : []),
    makeDirectory: () => Promise.resolve(),
    writeFile: (file: string, data: Buffer) => Promise.resolve(void (files[file] = data.toString('utf8'))),
    removeFile: (file: string) => Promise.resolve(void Reflect.deleteProperty(files, file)),
    removeDirectory: () => Promise.resolve(),
  } as unknown as ShareSession
  return {files, session}
}

const FILE = '.vicnfs/consumer.json'
async function recordOf(change: Partial<ConsumerRecord>): Promise<string> {
  const {files, session} = share({})
  await writeRecord(vch, session, {label: 'nfs', place: PLACE})
  return JSON.stringify({...(JSON.parse(files[FILE] ?? '') as ConsumerRecord), ...change})
}

async function admission(session: ShareSession, adoptStore = false): Promise<string> {
  try {
    await admitConsumer(vch, session, {adapters, place: PLACE, label: 'nfs', adoptStore, signal})
    return 'admitted'
  } catch (error) {
    return isVicnfsError(error) ? error.code : String(error)
  }
}

describe('admitConsumer', () => {
  it('admits to a fresh share, and to one that is recorded for this VCH, volumes or not', async () => {
    expect(await admission(share({}).session)).toBe('admitted')
    expect(await admission(share({[FILE]: await recordOf({})}, ['v1']).session)).toBe('admitted')
    expect(await admission(share({[FILE]: await recordOf({vchName: 'renamed'})}).session)).toBe('admitted')
  })

  it.each([
    ['lists the export', {vchId: 'vm-2'}, 'VN-OTHER-CONSUMER'],
    ['is gone from its vCenter', {vchId: 'vm-9'}, 'VN-OTHER-CONSUMER'],
    ['is of another vCenter', {vcenter: 'other.example.com', endpoint: 'tcp://elsewhere:2376'}, 'VN-OTHER-CONSUMER'],
    ['lists it no more', {vchId: 'vm-3'}, 'admitted'],
  ])('decides by what it can ask: a recorded VCH that %s', async (_title, change, expected) => {
    const {session} = share({[FILE]: await recordOf(change)})
    expect(await admission(session)).toBe(expected)
    expect(await admission(session, true)).toBe(expected)
  })

  it('says that a VCH is not to be found, and gives a way that does not need it', async () => {
    const {session} = share({[FILE]: await recordOf({vchId: 'vm-9'})}, ['v1'])
    const admitted = admitConsumer(vch, session, {adapters, place: PLACE, label: 'nfs', adoptStore: true, signal})
    await expect(admitted).rejects.toMatchObject({
      code: 'VN-OTHER-CONSUMER',
      reason: expect.stringMatching(/finds no VCH vm-9 .*remove \/exports\/data\/\.vicnfs\/consumer\.json/),
      tries: ["vicnfs register-store nfs --url 'nfs://10.0.0.9/exports/data?uid=0&gid=0' --adopt-store"],
    })
  })

  it('refuses a record that it cannot understand', async () => {
    expect(await admission(share({[FILE]: '{}'}).session, true)).toBe('VN-OTHER-CONSUMER')
  })

  it('refuses volumes that nobody recorded, but for consent to adopt them', async () => {
    expect(await admission(share({}, ['v1']).session)).toBe('VN-UNRECORDED-VOLUMES')
    expect(await admission(share({}, ['v1']).session, true)).toBe('admitted')
  })
})

describe('removeOwnRecord', () => {
  it('takes away what this VCH wrote, and leaves what another one wrote', async () => {
    const own = share({[FILE]: await recordOf({})})
    await removeOwnRecord(vch, own.session)
    expect(own.files).toEqual({})
    for (const text of [await recordOf({vchId: 'vm-2'}), '{}']) {
      const other = share({[FILE]: text})
      await removeOwnRecord(vch, other.session)
      expect(other.files).toEqual({[FILE]: text})
    }
  })
})

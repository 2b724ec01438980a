import {describe, expect, it} from '@jest/globals'

import {parseStoreArgument} from '../../../../src/model/volume-store.js'
import {lastChangeOf, requireUnregistrable} from '../../../../src/services/removal/unregister.js'
import type {ServerContainer} from '../../../../src/services/share/find-server.js'
import {shareRequest} from '../../../helpers/fake-world.js'
import {fakeWorld} from '../fake-adapters.js'

const BEFORE = ['ds://datastore1/volumes:default']
const AFTER = [...BEFORE, 'nfs://10.0.0.9/x?uid=0&gid=0:nfs']
const DATA = {
  storesBefore: BEFORE,
  storesAfter: AFTER,
  addedLabels: ['nfs'],
  addedStores: [AFTER[1]],
  retryAfterTimeout: false,
}

const SERVER: ServerContainer = {
  container: {
    ...{
      id: 'server-1',
      name: 'vicnfs-data',
      image: 'i',
      labels: {},
      state: 'running',
      rawState: 'running',
      exitCode: 0,
    },
    ...{startedAt: '', env: [], mounts: [], addresses: {}, publishedAddress: ''},
  },
  request: {...shareRequest(), name: 'data'},
  choice: {network: 'bridge', external: false, address: null, ownAddress: null},
}

type Deed = readonly [action: string, state?: string]

/** A world whose journal has these changes; without a state a change is open. */
async function after(deeds: readonly Deed[], vicVersion = '1.5.8') {
  const world = fakeWorld({stores: AFTER, online: ['default', 'nfs'], vicVersion})
  const {journal, vch} = world
  for (const [action, state] of deeds) {
    const of = await journal.append({kind: 'intent', action, vch: {keys: vch.keys}, data: DATA})
    if (state !== undefined) await journal.append({kind: 'result', action, of, vch: {keys: vch.keys}, data: {state}})
  }
  return world
}

async function verdict(deeds: readonly Deed[], vicVersion?: string): Promise<string> {
  const {adapters, vch} = await after(deeds, vicVersion)
  const options = {
    stores: AFTER.map(parseStoreArgument),
    labels: ['nfs'],
    share: SERVER.request.name,
    servers: [SERVER],
    signal: new AbortController().signal,
  }
  return requireUnregistrable(adapters, vch, options).then(
    () => 'can go',
    (error: unknown) => (error as {code: string}).code,
  )
}

describe('requireUnregistrable', () => {
  it('lets our last configure be rolled back', async () => {
    expect(await verdict([['configure', 'completed']])).toBe('can go')
  })

  it.each<[string, Deed[]]>([
    [
      'attempts that vic-machine refused',
      [
        ['configure', 'completed'],
        ['configure', 'refused'],
      ],
    ],
    [
      'attempts that never started',
      [
        ['configure', 'completed'],
        ['configure', 'never-started'],
      ],
    ],
    [
      'a mark that was cleared',
      [
        ['configure', 'completed'],
        ['reset-progress', 'completed'],
      ],
    ],
    [
      'a rollback that had no effect',
      [
        ['configure', 'completed'],
        ['rollback', 'undone'],
      ],
    ],
    ['what was done to volumes', [['configure', 'completed'], ['volume-create']]],
  ])('does not mind %s since', async (_title, deeds) => {
    expect(await verdict(deeds)).toBe('can go')
  })

  it.each<[string, Deed[]]>([
    ['an empty journal', []],
    ['a configure that is still open', [['configure', 'completed'], ['configure']]],
    [
      'a configure that was rolled back since',
      [
        ['configure', 'completed'],
        ['configure', 'rolled-back'],
      ],
    ],
    [
      'a configure without effect since, which has left a snapshot',
      [
        ['configure', 'completed'],
        ['configure', 'undone'],
      ],
    ],
    [
      'a rollback since, whose snapshot is used up',
      [
        ['configure', 'completed'],
        ['rollback', 'completed'],
      ],
    ],
    ['a rollback that is still open', [['configure', 'completed'], ['rollback']]],
  ])('refuses with %s', async (_title, deeds) => {
    expect(await verdict(deeds)).toBe('VN-NOT-REMOVABLE')
  })

  it('refuses where the release cannot roll back', async () => {
    expect(await verdict([['configure', 'completed']], '1.5.2')).toBe('VN-NOT-REMOVABLE')
    expect(await verdict([['configure', 'completed']], '1.5.3')).toBe('can go')
  })
})

describe('lastChangeOf', () => {
  it('gives what the last change meant, and whether it completed', async () => {
    const {journal} = await after([['configure', 'completed']])
    expect(lastChangeOf(await journal.history())).toEqual({action: 'configure', completed: true, data: DATA})
    expect(lastChangeOf([])).toBeUndefined()
  })
})

import {rm} from 'node:fs/promises'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {
  emptyAddresses,
  exchangeWorld,
  exposeIn,
  makeFastDirectory,
  type ExchangeWorld,
} from '../../../helpers/exchange-world.js'
import {SHARE_STATES} from '../../../helpers/share-states.js'
import {teardown} from '../../../helpers/teardown-world.js'

const RECREATE = {recreate: {deleteVolume: false}}
const COMMANDS = {
  teardown: (world: ExchangeWorld) => teardown(world),
  'teardown --park': (world: ExchangeWorld) => teardown(world, {park: true}),
  'expose-volume': (world: ExchangeWorld) => exposeIn(world),
  'expose-volume --recreate': (world: ExchangeWorld) => exposeIn(world, RECREATE),
  'expose-volume --recreate --uid 7': (world: ExchangeWorld) => exposeIn(world, {...RECREATE, parts: {uid: 7, gid: 7}}),
  'teardown --delete-volume --confirm': (world: ExchangeWorld) =>
    teardown(world, {deleteVolume: true, confirm: 'nfs-vol'}),
}

/** What each command leads to, in the order of `COMMANDS`: outcome and what became of the data, or the refusal. */
const TABLE = `
  no volume                                         | unchanged none    | unchanged none    | VN-SHARE-NO-VOLUME | VN-SHARE-NO-VOLUME | VN-SHARE-NO-VOLUME | unchanged none
  volume only                                       | unchanged kept    | unchanged kept    | created            | created            | created            | removed deleted
  volume with a container of somebody               | unchanged kept    | unchanged kept    | VN-SHARE-FOREIGN   | VN-SHARE-FOREIGN   | VN-SHARE-FOREIGN   | removed deleted
  served                                            | removed kept      | removed kept      | unchanged          | recreated          | recreated          | removed deleted
  served, with a client connected                   | VN-IN-USE         | VN-IN-USE         | unchanged          | VN-IN-USE          | VN-IN-USE          | VN-IN-USE
  served, and stopped                               | VN-SERVER-DOWN    | VN-SERVER-DOWN    | started            | VN-SERVER-DOWN     | VN-SERVER-DOWN     | VN-SERVER-DOWN
  served, another VCH on record                     | VN-OTHER-CONSUMER | VN-OTHER-CONSUMER | unchanged          | VN-OTHER-CONSUMER  | VN-OTHER-CONSUMER  | VN-OTHER-CONSUMER
  registered                                        | removed kept      | parked kept       | unchanged          | recreated          | VN-EXCHANGE-BREAKS | removed deleted
  registered, with a volume in use                  | VN-IN-USE         | VN-IN-USE         | unchanged          | VN-IN-USE          | VN-EXCHANGE-BREAKS | VN-IN-USE
  registered, with a container at rest              | VN-IN-USE         | parked kept       | unchanged          | recreated          | VN-EXCHANGE-BREAKS | VN-IN-USE
  registered, and stopped                           | removed kept      | VN-SERVER-DOWN    | started            | recreated          | VN-EXCHANGE-BREAKS | removed deleted
  registered, server gone                           | VN-NOT-REMOVABLE  | VN-NOT-REMOVABLE  | created            | created            | created            | VN-NOT-REMOVABLE
  registered for good                               | VN-NOT-REMOVABLE  | parked kept       | unchanged          | recreated          | VN-EXCHANGE-BREAKS | VN-NOT-REMOVABLE
  registered for good, with a volume in use         | VN-NOT-REMOVABLE  | VN-IN-USE         | unchanged          | VN-IN-USE          | VN-EXCHANGE-BREAKS | VN-NOT-REMOVABLE
  registered for good, with a container at rest     | VN-NOT-REMOVABLE  | parked kept       | unchanged          | recreated          | VN-EXCHANGE-BREAKS | VN-NOT-REMOVABLE
  registered for good, with a client connected      | VN-NOT-REMOVABLE  | VN-IN-USE         | unchanged          | VN-IN-USE          | VN-EXCHANGE-BREAKS | VN-NOT-REMOVABLE
  registered for good, at an address of the network | VN-NOT-REMOVABLE  | VN-NOT-PARKABLE   | unchanged          | VN-NOT-PARKABLE    | VN-EXCHANGE-BREAKS | VN-NOT-REMOVABLE
  registered for good, another VCH on record        | VN-OTHER-CONSUMER | VN-OTHER-CONSUMER | unchanged          | VN-OTHER-CONSUMER  | VN-OTHER-CONSUMER  | VN-OTHER-CONSUMER
  parked                                            | VN-NOT-REMOVABLE  | unchanged kept    | unparked           | unparked           | VN-SHARE-DIFFERS   | VN-NOT-REMOVABLE
  parked, and stopped                               | VN-NOT-REMOVABLE  | parked kept       | unparked           | unparked           | VN-SHARE-DIFFERS   | VN-NOT-REMOVABLE
  parked, its volume in use elsewhere               | VN-NOT-REMOVABLE  | unchanged kept    | VN-SHARE-FOREIGN   | VN-SHARE-FOREIGN   | VN-SHARE-DIFFERS   | VN-NOT-REMOVABLE
  parked, its volume gone                           | VN-NOT-REMOVABLE  | unchanged none    | VN-SHARE-NO-VOLUME | VN-SHARE-NO-VOLUME | VN-SHARE-DIFFERS   | VN-NOT-REMOVABLE
  parked, no longer a store                         | removed kept      | unchanged kept    | unparked           | unparked           | VN-SHARE-DIFFERS   | removed deleted
  parked, another VCH on record                     | VN-OTHER-CONSUMER | unchanged kept    | unparked           | unparked           | VN-SHARE-DIFFERS   | VN-OTHER-CONSUMER
  parking cut off, old server stopped               | VN-NOT-REMOVABLE  | parked kept       | unchanged          | recreated          | VN-EXCHANGE-BREAKS | VN-NOT-REMOVABLE
  parking cut off, address empty                    | VN-NOT-REMOVABLE  | parked kept       | unchanged          | recreated          | VN-EXCHANGE-BREAKS | VN-NOT-REMOVABLE
  parking cut off, new server made                  | VN-NOT-REMOVABLE  | unchanged kept    | unparked           | unparked           | VN-SHARE-DIFFERS   | VN-NOT-REMOVABLE
`
const ROWS = TABLE.trim()
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
const CASES = ROWS.flatMap(([state = '', ...ends]) =>
  Object.keys(COMMANDS).map((command, index) => [state, command, ends[index] ?? ''] as const),
)

let directory: string
let world: ExchangeWorld

beforeEach(async () => {
  directory = await makeFastDirectory()
  world = await exchangeWorld(directory)
})
afterEach(() => rm(directory, {recursive: true}))

async function endOf(command: string): Promise<string> {
  try {
    const result = await COMMANDS[command as keyof typeof COMMANDS](world)
    return 'data' in result ? `${result.outcome} ${result.data}` : result.outcome
  } catch (error) {
    return (error as {code?: string}).code ?? String(error)
  }
}

const filesOfUsers = (): string[] => [...world.files.keys()].filter((path) => !/\/(\.vicnfs|volumes)/.test(path))
const containers = (): unknown => [...world.containers.values()].map(({id, state}) => [id, state])

describe('every state of a share and every command on it', () => {
  it('is in the table', () => {
    expect(ROWS.map(([state]) => state)).toEqual(Object.keys(SHARE_STATES))
  })

  it.each(CASES)('%s: %s → %s', async (state, command, end) => {
    await SHARE_STATES[state]?.(world)
    const [empty, volumes, files, before] = [
      emptyAddresses(world),
      [...world.volumes.keys()],
      filesOfUsers(),
      containers(),
    ]
    expect(await endOf(command)).toBe(end)
    // S4: no store has lost its server; S1: no data but what was named for it.
    expect(empty).toEqual(expect.arrayContaining(emptyAddresses(world)))
    const named = end.endsWith('deleted') ? ['nfs-vol'] : []
    expect([...world.volumes.keys()]).toEqual(volumes.filter((name) => !named.includes(name)))
    expect(filesOfUsers()).toEqual(files)
    const isQuiet = end.startsWith('VN-') && !/cut off|and stopped/.test(state)
    if (isQuiet) expect(containers()).toEqual(before)
  })

  it('control: a store whose server is taken away by hand is seen as one', async () => {
    await SHARE_STATES['registered for good']?.(world)
    expect(emptyAddresses(world)).toEqual([])
    world.containers.clear()
    expect(emptyAddresses(world)).toHaveLength(1)
  })
})

import {rm} from 'node:fs/promises'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {emptyAddresses, exchangeWorld, makeFastDirectory, type ExchangeWorld} from './exchange-world.js'
import {SHARE_STATES} from './share-states.js'

/** What a command leads to, in words: its outcome and what became of the data. */
export type ShareCommand = (world: ExchangeWorld) => Promise<string>

/** The outcome of each command in the order of `commands`, in every state: one line a state, cells between bars. */
export interface ShareTable {
  readonly commands: Readonly<Record<string, ShareCommand>>
  readonly lines: string
}

/** Not even a container has changed: but what was cut off is ended first, and a server that is to be read is started. */
const isQuiet = (state: string, end: string): boolean => end.startsWith('VN-') && !/cut off|and stopped/.test(state)

async function endOf(command: ShareCommand | undefined, world: ExchangeWorld): Promise<string> {
  try {
    return (await command?.(world)) ?? 'no such command'
  } catch (error) {
    return (error as {code?: string}).code ?? String(error)
  }
}

const filesOfUsers = (world: ExchangeWorld): string[] =>
  [...world.files.keys()].filter((path) => !/\/(\.vicnfs|volumes)/.test(path))
const containers = (world: ExchangeWorld): unknown => [...world.containers.values()].map(({id, state}) => [id, state])

/** Brings the world into the state of a cell, runs its command, and sees to it that it ends so and has harmed nothing. */
async function expectCell(
  world: ExchangeWorld,
  table: ShareTable,
  [state, command, end]: readonly [string, string, string],
): Promise<void> {
  await SHARE_STATES[state]?.(world)
  const before = {
    empty: emptyAddresses(world),
    volumes: [...world.volumes.keys()],
    files: filesOfUsers(world),
    containers: containers(world),
  }
  expect(await endOf(table.commands[command], world)).toBe(end)
  // S4: no store has lost its server; S1: no data but what was named for it.
  expect(before.empty).toEqual(expect.arrayContaining(emptyAddresses(world)))
  const named = end.endsWith('deleted') ? ['nfs-vol'] : []
  expect([...world.volumes.keys()]).toEqual(
    expect.arrayContaining(before.volumes.filter((name) => !named.includes(name))),
  )
  expect(filesOfUsers(world)).toEqual(before.files)
  if (isQuiet(state, end)) expect(containers(world)).toEqual(before.containers)
}

const cellsOf = (line: string): string[] => line.split('|').map((cell) => cell.trim())
const rowsOf = ({lines}: ShareTable): string[][] => lines.trim().split('\n').map(cellsOf)

function statesIn(table: ShareTable): string[] {
  return rowsOf(table).map(([state = '']) => state)
}

/** State, command and end of every cell. */
function cellsIn(table: ShareTable): (readonly [string, string, string])[] {
  const commands = Object.keys(table.commands)
  return rowsOf(table).flatMap(([state = '', ...ends]) =>
    commands.map((command, index) => [state, command, ends[index] ?? ''] as const),
  )
}

/** A test for every cell, each in a world of its own. @param more tests beside them, in such a world too */
export function describeShareTable(
  title: string,
  table: ShareTable,
  more?: (world: () => ExchangeWorld) => void,
): void {
  describe(title, () => {
    let directory: string
    let world: ExchangeWorld
    beforeEach(async () => {
      directory = await makeFastDirectory()
      world = await exchangeWorld(directory)
    })
    afterEach(() => rm(directory, {recursive: true}))

    it('is in the table', () => {
      expect(statesIn(table)).toEqual(Object.keys(SHARE_STATES))
    })

    it.each(cellsIn(table))('%s: %s → %s', (...cell) => expectCell(world, table, cell))

    more?.(() => world)
  })
}

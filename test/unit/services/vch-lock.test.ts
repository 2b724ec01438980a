import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {rm, symlink, writeFile} from 'node:fs/promises'
import path from 'node:path'

import {runWork} from '../../../src/engine/work.js'
import {lockVch} from '../../../src/journal/lock.js'
import {openJournal} from '../../../src/journal/journal.js'
import {endpointKey, resolvedKeys, withVchLock} from '../../../src/services/vch-lock.js'
import {makeTempDirectory} from '../../helpers/temp-directory.js'

const {signal} = new AbortController()
let directory: string

beforeEach(async () => {
  directory = await makeTempDirectory()
})

afterEach(() => rm(directory, {recursive: true, force: true}))

function adaptersHere() {
  return {stateDirectory: directory, journal: openJournal(directory)}
}

function isLocked(key: string): Promise<boolean> {
  return lockVch(directory, [key], {timeoutMs: 0}).then(
    async (release) => {
      await release()
      return false
    },
    () => true,
  )
}

describe('resolvedKeys', () => {
  it('gives two spellings of one endpoint a key in common, and other endpoints none', async () => {
    const lookup = (host: string) => Promise.resolve(host === 'vch.example' ? ['10.0.0.5', '10.0.0.6'] : [host])
    const keysOf = (endpoint: string) => resolvedKeys([endpointKey(endpoint)], {signal, lookup})
    const named = await keysOf('https://vch.example:2376')
    const common = async (endpoint: string) => (await keysOf(endpoint)).filter((key) => named.includes(key)).length
    expect(await common('tcp://10.0.0.6:2376')).toBe(1)
    expect(await common('tcp://10.0.0.6:2375')).toBe(0)
    expect(await common('tcp://10.0.0.7:2376')).toBe(0)
    expect(named).toContain(endpointKey('https://vch.example:2376'))
  })

  it('follows links to a socket and leaves other keys alone', async () => {
    const [socket, alias] = [path.join(directory, 'a.sock'), path.join(directory, 'b.sock')]
    await writeFile(socket, '')
    await symlink(socket, alias)
    const keys = await resolvedKeys([endpointKey(`unix://${alias}`), 'vm:vc/vm-1'], {signal})
    expect(keys).toEqual([endpointKey(`unix://${alias}`), 'vm:vc/vm-1', endpointKey(`unix://${socket}`)])
  })
})

describe('withVchLock', () => {
  it('grows without waiting where the further key is free, and gives all back', async () => {
    const adapters = adaptersHere()
    await runWork((work) =>
      withVchLock(adapters, ['vm:b'], {
        work,
        body: async (held) => {
          const grow = () =>
            withVchLock(adapters, ['vm:a'], {work, held, body: (all, state) => Promise.resolve({all, state})})
          expect((await grow()).state).toEqual({regained: false})
          // A second time it is ours already.
          expect((await grow()).state).toEqual({regained: false})
          expect(await isLocked('vm:a')).toBe(true)
        },
      }),
    )
    expect([await isLocked('vm:a'), await isLocked('vm:b')]).toEqual([false, false])
  })

  it('gives up what it holds where the further key is taken, so that the two runs do not wait for each other', async () => {
    const adapters = adaptersHere()
    const order: string[] = []
    await runWork((work) =>
      withVchLock(adapters, ['vm:b'], {
        work,
        body: async (held) => {
          const releaseA = await lockVch(directory, ['vm:a'], {timeoutMs: 0})
          const other = lockVch(directory, ['vm:b'], {timeoutMs: 30_000, intervalMs: 10}).then(async (releaseB) => {
            order.push('other')
            await releaseB()
            await releaseA()
          })
          await withVchLock(adapters, ['vm:a'], {
            work,
            held,
            body: async (all, {regained}) => {
              order.push(regained ? 'regained' : 'held on')
              expect([...all].sort()).toEqual(['vm:a', 'vm:b'])
              expect([await isLocked('vm:a'), await isLocked('vm:b')]).toEqual([true, true])
            },
          })
          await other
        },
      }),
    )
    expect(order).toEqual(['other', 'regained'])
    expect([await isLocked('vm:a'), await isLocked('vm:b')]).toEqual([false, false])
  })
})

import {describe, expect, it} from '@jest/globals'

import {sideBySide} from '../../../src/engine/side-by-side.js'

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('sideBySide', () => {
  it('gives the results in their order, whatever ends first', async () => {
    const slow = async (item: number): Promise<number> => {
      for (let left = 4 - item; left > 0; left -= 1) await turn()
      return item * 10
    }
    expect(await sideBySide([1, 2, 3, 4], 3, slow)).toEqual([10, 20, 30, 40])
    expect(await sideBySide([], 3, slow)).toEqual([])
  })

  it('never runs more than the limit at a time', async () => {
    let [now, most] = [0, 0]
    await sideBySide([...Array(9).keys()], 4, async () => {
      most = Math.max(most, ++now)
      await turn()
      now -= 1
    })
    expect(most).toBe(4)
  })

  it('starts nothing more after a failure, and waits for what runs', async () => {
    const [started, ended]: [number[], number[]] = [[], []]
    const work = async (item: number): Promise<void> => {
      started.push(item)
      if (item === 1) throw new Error('the first')
      await turn()
      ended.push(item)
      if (item === 2) throw new Error('a later one')
    }
    await expect(sideBySide([1, 2, 3, 4, 5], 3, work)).rejects.toThrow('the first')
    expect([started, ended]).toEqual([
      [1, 2, 3],
      [2, 3],
    ])
  })
})

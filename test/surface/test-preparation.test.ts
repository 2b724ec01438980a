import {describe, expect, it} from '@jest/globals'
import {readdirSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

import {ENDURANCE, MACHINES, SANDBOXES} from '../../scripts/long-tests.js'
import {closeOpened} from '../helpers/close-opened.js'
import {withMachineLock} from '../helpers/machine-lock.js'

const TESTS = fileURLToPath(new URL('..', import.meta.url))
const {reachedFiles} = (await import(path.join(TESTS, 'helpers/preparation/reached-files.js'))) as {
  readonly reachedFiles: (files: readonly string[]) => readonly string[]
}
const ENGINE = 'helpers/docker-engine.ts'
const VMS = 'helpers/vm-boot-files.ts'
const INSTALLS = 'helpers/debian-packages.ts'

const reachedFrom = (name: string) => reachedFiles([path.join(TESTS, name)])
const filesIn = (folder: string) =>
  readdirSync(path.join(TESTS, folder), {recursive: true, encoding: 'utf8'})
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => path.join(folder, name))

describe('the sets of the long tests', () => {
  it.each([...filesIn('e2e'), ...filesIn('endurance')])('have test/%s once', (name) => {
    const sets = [ENDURANCE, SANDBOXES, MACHINES]
    const its = sets.filter((patterns) => patterns.some((pattern) => new RegExp(pattern).test(`/test/${name}`)))
    expect(its).toHaveLength(1)
  })
})

describe('what the long tests need to be installed', () => {
  it('is found in what they import', () => {
    const needs = (name: string) => [INSTALLS, ENGINE, VMS].filter((helper) => reachedFrom(name).includes(helper))
    expect(needs('e2e/docker/engine.test.ts')).toEqual([INSTALLS, ENGINE])
    expect(needs('e2e/vm/container-vm.test.ts')).toEqual([INSTALLS, ENGINE, VMS])
    expect(needs('e2e/nfs-suite/kernel.test.ts')).toEqual([INSTALLS, ENGINE, VMS])
    expect(needs('e2e/docker-cli.test.ts')).toEqual([INSTALLS])
    expect(needs('e2e/nfs-suite/sandbox.test.ts')).toEqual([])
  })

  it.each(filesIn('endurance'))('is nothing for test/%s', (name) => {
    expect(reachedFrom(name)).not.toContain(INSTALLS)
  })

  it('is installed by one process of the machine at a time', async () => {
    const name = `test-${process.pid}`
    const seen: string[] = []
    const work = (who: string) => async () => {
      seen.push(`${who} begins`)
      await new Promise((resolve) => setTimeout(resolve, 150))
      seen.push(`${who} ends`)
    }
    await Promise.all([withMachineLock(name, work('a')), withMachineLock(name, work('b'))])
    const [first, second] = seen[0] === 'a begins' ? ['a', 'b'] : ['b', 'a']
    expect(seen).toEqual([`${first} begins`, `${first} ends`, `${second} begins`, `${second} ends`])
  })
})

describe('the end of a test file', () => {
  it('closes what was opened, though something was not and something fails', async () => {
    const closed: string[] = []
    const opened = (name: string, error?: Error) => ({
      close: async () => {
        closed.push(name)
        if (error !== undefined) throw error
      },
    })
    await expect(closeOpened(opened('a', new Error('a fails')), undefined, opened('b'))).rejects.toThrow('a fails')
    expect(closed).toEqual(['a', 'b'])
  })
})

import {execFileSync} from 'node:child_process'
import {existsSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs'
import {writeFile} from 'node:fs/promises'
import path from 'node:path'
import {describe, expect, it} from '@jest/globals'

import type {RunbookPlan} from '../../../../../src/model/runbook-plan.js'
import {loadRunbookOrPlan, savePlan} from '../../../../../src/services/runbook/file/saved-plan.js'
import {withTempDirectory} from '../../../../helpers/temp-directory.js'

const RUNBOOK = 'version: 1\nvchs:\n  a: {docker: "tcp://a.example.com:2376"}\nshares:\n  data: {vch: a}\n'
const OPTIONS = {environment: {}}

const planOf = (file: string): RunbookPlan => ({
  schemaVersion: 1,
  kind: 'vicnfs-runbook-plan',
  file,
  hash: 'abc',
  scope: {targets: [], only: []},
  shares: [],
  vchs: [],
  steps: [],
  refusals: [],
  pending: false,
})

describe('what apply is given', () => {
  it('may come through a pipe, which can be read only once', () =>
    withTempDirectory(async (directory) => {
      const pipe = path.join(directory, 'pipe')
      execFileSync('mkfifo', [pipe])
      const [{runbook, saved}] = await Promise.all([loadRunbookOrPlan(pipe, OPTIONS), writeFile(pipe, RUNBOOK)])
      expect(runbook.shares.map(({key}) => key)).toEqual(['data'])
      expect(saved).toBeUndefined()
    }))

  it('is a saved plan, which names its runbook', () =>
    withTempDirectory(async (directory) => {
      const [file, kept] = [path.join(directory, 'a.yaml'), path.join(directory, 'plan.json')]
      writeFileSync(file, RUNBOOK)
      await savePlan(planOf(file), kept)
      expect(await loadRunbookOrPlan(kept, OPTIONS)).toMatchObject({saved: planOf(file), runbook: {file}})
    }))

  it.each([
    ['a file without an end', '/dev/zero'],
    ['a runbook above its limit', undefined],
  ])('is refused at once when it is %s', (_what, device) =>
    withTempDirectory(async (directory) => {
      const large = path.join(directory, 'large.yaml')
      writeFileSync(large, `${RUNBOOK}# ${'x'.repeat(1_100_000)}\n`)
      const outcome = loadRunbookOrPlan(device ?? large, OPTIONS)
      await expect(outcome).rejects.toMatchObject({code: 'VN-RUNBOOK-UNREADABLE'})
    }),
  )
})

describe('a plan that is saved', () => {
  it('never takes the place of its runbook, under whatever name', () =>
    withTempDirectory(async (directory) => {
      const [file, other] = [path.join(directory, 'a.yaml'), path.join(directory, 'b.yaml')]
      writeFileSync(file, RUNBOOK)
      symlinkSync(file, other)
      for (const output of [file, other])
        await expect(savePlan(planOf(file), output)).rejects.toMatchObject({code: 'VN-PLAN-FILE'})
      expect(readFileSync(file, 'utf8')).toBe(RUNBOOK)
    }))

  it('is of a file that can be read again, which a pipe cannot', () =>
    withTempDirectory(async (directory) => {
      const [pipe, kept] = [path.join(directory, 'pipe'), path.join(directory, 'plan.json')]
      execFileSync('mkfifo', [pipe])
      for (const source of [pipe, '-'])
        await expect(savePlan(planOf(source), kept)).rejects.toMatchObject({code: 'VN-PLAN-FILE'})
      expect(existsSync(kept)).toBe(false)
    }))
})

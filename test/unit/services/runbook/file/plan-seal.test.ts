import {readFileSync, statSync, writeFileSync} from 'node:fs'
import {readdir} from 'node:fs/promises'
import path from 'node:path'
import {describe, expect, it} from '@jest/globals'

import type {RunbookStep} from '../../../../../src/runbook/runbook.js'
import {openPlanSeal} from '../../../../../src/services/runbook/file/plan-seal.js'
import {withTempDirectory} from '../../../../helpers/temp-directory.js'

const stepOf = (run: readonly string[], secrets: readonly string[] = ['web-17']): RunbookStep => ({
  ...{name: 'drain', when: 'before', phase: 'stores', run, env: {}, secrets, timeoutMs: 1000, runs: 'changed'},
})
const STEPS = [stepOf(['ssh', 'web-17'])]

describe('the seal of a command', () => {
  it('is the same for the same command, another for another, and tells neither it nor the key', () =>
    withTempDirectory(async (directory) => {
      const state = path.join(directory, 'state')
      const [one, other] = await Promise.all([openPlanSeal(STEPS, state), openPlanSeal(STEPS, state)])
      const sealed = one?.of(stepOf(['ssh', 'web-17']))
      expect(sealed).toMatch(/^[0-9a-f]{64}$/)
      expect([other?.by, other?.of(stepOf(['ssh', 'web-17']))]).toEqual([one?.by, sealed])
      expect(one?.of(stepOf(['ssh', 'web-18'], ['web-18']))).not.toBe(sealed)
      // Control: with another key, as on another machine, the same command has another seal.
      const elsewhere = await openPlanSeal(STEPS, path.join(directory, 'elsewhere'))
      expect(elsewhere?.of(stepOf(['ssh', 'web-17']))).not.toBe(sealed)
      expect(elsewhere?.by).not.toBe(one?.by)
      expect(await readdir(state)).toEqual(['plan-key'])
      expect(statSync(path.join(state, 'plan-key')).mode & 0o077).toBe(0)
      expect(readFileSync(path.join(state, 'plan-key')).toString('hex')).not.toContain(one?.by)
    }))

  it('is there only where a plan does not show the command, and so is the key', () =>
    withTempDirectory(async (directory) => {
      expect(await openPlanSeal([stepOf(['echo', 'plain'])], directory)).toBeUndefined()
      expect(await readdir(directory)).toEqual([])
      expect((await openPlanSeal(STEPS, directory))?.of(stepOf(['echo', 'plain']))).toBeUndefined()
    }))

  it('is refused where its key was cut off', () =>
    withTempDirectory(async (directory) => {
      writeFileSync(path.join(directory, 'plan-key'), 'short')
      await expect(openPlanSeal(STEPS, directory)).rejects.toMatchObject({code: 'VN-PLAN-FILE'})
    }))
})

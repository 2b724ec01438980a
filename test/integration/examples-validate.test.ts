import {describe, expect, it} from '@jest/globals'
import {readdirSync, readFileSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

import {makeHandle} from '../../src/sandbox/lifecycle/handle.js'
import type {SandboxState} from '../../src/sandbox/state/sandbox-state.js'
import {loadRunbook} from '../../src/services/runbook/file/load-runbook.js'

const folder = fileURLToPath(new URL('../../examples', import.meta.url))
const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'))

/** What `sandbox start NAME --as runbook` prints, for the sandboxes that the head of an example starts. */
function environmentOf(text: string): Record<string, string> {
  const started = [...text.matchAll(/^# +eval "\$\(vicnfs sandbox start (\S+) --as runbook\)"$/gm)]
  const states = started.map(([, name = ''], index) => ({
    name,
    target: `127.0.0.1:${String(40_000 + index)}`,
    thumbprint: 'AA:BB',
    vmId: `vm-${String(index + 1)}`,
    socketPath: `/run/${name}.sock`,
    portmapPort: 111,
    networks: [],
  }))
  const handles = states.map((state) =>
    makeHandle('/state', state as unknown as SandboxState, {started: true, apiAnswers: true}),
  )
  return Object.assign({}, ...handles.map((handle) => handle.environment('runbook'))) as Record<string, string>
}

describe('the examples', () => {
  it.each(names)('%s loads with what its head says to run before', async (name) => {
    const file = path.join(folder, name)
    const text = readFileSync(file, 'utf8')
    expect(text).toMatch(/^# [A-Z]/)
    // Which consents the command is given, and for what.
    const consents = /^# Consents?: (?:.+\n# )*.+$/m.exec(text)?.[0] ?? ''
    const given =
      /vicnfs runbook apply examples\/\S+ (.*)$/m.exec(
        text.slice(text.lastIndexOf(`apply examples/${name}`) - 20),
      )?.[1] ?? ''
    for (const flag of given.split(' ')) expect(consents).toContain(flag)
    expect(text).toContain(`vicnfs runbook apply examples/${name} --yes`)
    // One that goes on where another one ended has its sandboxes from there.
    const before = /after examples\/(\S+\.yaml) has been applied/.exec(text)?.[1]
    const earlier = before === undefined ? '' : readFileSync(path.join(folder, before), 'utf8')
    const exported = [...text.matchAll(/^# +export (\w+)=/gm)].map(([, variable = '']) => [variable, '10.0.0.9'])
    const environment = {...environmentOf(earlier + text), ...Object.fromEntries(exported)}
    const runbook = await loadRunbook(file, {environment})
    expect(runbook.shares.length + runbook.steps.length).toBeGreaterThan(0)
    expect(runbook.shares.every(({request}) => request.network === 'storage-net')).toBe(true)
  })

  it('control: without the sandboxes their variables are missing', async () => {
    const file = path.join(folder, 'one-share.yaml')
    await expect(loadRunbook(file, {environment: {}})).rejects.toMatchObject({code: 'VN-RUNBOOK-INVALID'})
  })

  it('that has twenty shares has as many, for two VCHs', async () => {
    const file = path.join(folder, 'twenty-shares.yaml')
    const {shares} = await loadRunbook(file, {environment: environmentOf(readFileSync(file, 'utf8'))})
    expect(shares).toHaveLength(20)
    expect(new Set(shares.flatMap(({stores}) => stores.map(({vch}) => vch)))).toEqual(new Set(['web', 'batch']))
  })
})

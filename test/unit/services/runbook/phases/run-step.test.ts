import {readFileSync, realpathSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {describe, expect, it} from '@jest/globals'

import {runWork} from '../../../../../src/engine/work.js'
import type {RunbookStep} from '../../../../../src/runbook/runbook.js'
import {runStep, stepEnvironment} from '../../../../../src/services/runbook/phases/run-step.js'
import {withGrowingLimit} from '../../../../helpers/growing-limit.js'
import {withTempDirectory} from '../../../../helpers/temp-directory.js'

const STEP: RunbookStep = {
  name: 'drain',
  when: 'before',
  phase: 'stores',
  run: [],
  env: {},
  secrets: [],
  timeoutMs: 30_000,
  runs: 'changed',
}
const node = (script: string): string[] => [process.execPath, '-e', script]

async function run(
  step: Partial<RunbookStep>,
  options: {secrets?: string[]; signal?: AbortSignal; graceMs?: number; onLine?: (line: string) => void} = {},
) {
  const lines: string[] = []
  const onLine = (line: string): void => {
    lines.push(line)
    options.onLine?.(line)
  }
  const {secrets = [], graceMs = 10_000} = options
  const place = {environment: process.env, withheld: [], secrets, folder: tmpdir(), graceMs}
  const body = runWork(
    (work) => work.step('step', 'Step', (handle) => runStep({...STEP, ...step}, place, {handle, onLine})),
    options.signal === undefined ? {} : {signal: options.signal},
  )
  const error = await body.then(
    () => undefined,
    (thrown: unknown) => thrown as {code: string; message: string; reason: string; details: unknown},
  )
  return {lines, error}
}

describe('a step of the operator', () => {
  it('is run without a shell, both of its outputs shown line by line', async () => {
    const script = 'console.log(process.argv[1]); console.error("from stderr")'
    const {lines, error} = await run({run: [...node(script), '$(echo never) `x`']})
    expect(error).toBeUndefined()
    expect(lines.sort()).toEqual(['$(echo never) `x`', 'from stderr'])
  })

  it('is run in the folder of the runbook, wherever the caller is', async () => {
    const {lines} = await run({run: node('console.log(process.cwd())')})
    expect(lines).toEqual([realpathSync(tmpdir())])
    expect(process.cwd()).not.toBe(lines[0])
  })

  it('gets the environment of the caller and its own, but no password that it does not name', () => {
    const environment = {PATH: '/bin', VIC_MACHINE_PASSWORD: 'p', WEB_PASSWORD: 'w'}
    const place = {environment, withheld: ['VIC_MACHINE_PASSWORD', 'WEB_PASSWORD']}
    expect(stepEnvironment({env: {TOKEN: 't'}}, place)).toEqual({PATH: '/bin', TOKEN: 't'})
    expect(stepEnvironment({env: {WEB_PASSWORD: 'w'}}, place)).toEqual({PATH: '/bin', WEB_PASSWORD: 'w'})
  })

  it('shows no secret, neither its own nor that of a VCH, in lines nor in its error', async () => {
    const script = 'console.log(`token ${process.env.TOKEN} and pass-of-web`); process.exit(4)'
    const step = {run: node(script), env: {TOKEN: 'very-secret'}, secrets: ['very-secret']}
    const {lines, error} = await run(step, {secrets: ['pass-of-web']})
    expect(lines).toEqual(['token *** and ***'])
    expect(error).toMatchObject({code: 'VN-RUNBOOK-STEP-FAILED', message: 'The step "drain" ended with exit code 4.'})
    expect(JSON.stringify([error?.reason, error?.details])).not.toMatch(/very-secret|pass-of-web/)
  })

  it('that cannot be started is said to be so', async () => {
    const {error} = await run({run: ['/no/such/program']})
    expect(error).toMatchObject({code: 'VN-RUNBOOK-STEP-FAILED', message: 'The step "drain" could not be started.'})
  })

  it('is ended with all that it has started when its time is up, also when it does not heed SIGTERM', async () => {
    const child = 'process.on("SIGTERM",()=>0);console.log("both up");setInterval(()=>0,1000)'
    const script = `process.on("SIGTERM",()=>0);require("child_process").spawn(process.execPath,["-e",${JSON.stringify(child)}],{stdio:"inherit"});setInterval(()=>0,1000)`
    const within = (timeoutMs: number) => run({run: node(script), timeoutMs}, {graceMs: 200})
    const {outcome} = await withGrowingLimit(within, ({lines}) => lines.length === 0, {firstMs: 400})
    // It resolves only when the outputs are closed, so the grandchild has ended, too.
    expect(outcome).toMatchObject({lines: ['both up'], error: {code: 'VN-RUNBOOK-STEP-TIMEOUT'}})
  })

  it('is ended when the work is told to stop', async () => {
    const stop = new AbortController()
    const up = node('console.log("up");setInterval(()=>0,1000)')
    const running = run({run: up}, {signal: stop.signal, onLine: () => stop.abort()})
    expect(await running).toMatchObject({lines: ['up'], error: {code: 'VN-INTERRUPTED'}})
  })

  it('has succeeded when it has, whatever it leaves running that holds its output open', async () => {
    // Renamed to its place, so that whoever finds it there finds the whole number in it.
    const left =
      'setTimeout(()=>0,60000);const fs=require("fs"),[,f]=process.argv;fs.writeFileSync(f+".new",String(process.pid));fs.renameSync(f+".new",f)'
    await withTempDirectory(async (directory) => {
      const file = path.join(directory, 'pid')
      const script = `const {spawn}=require("child_process"),{existsSync}=require("fs");spawn(process.execPath,["-e",${JSON.stringify(left)},${JSON.stringify(file)}],{stdio:"inherit",detached:true}).unref();console.log("up");setInterval(()=>existsSync(${JSON.stringify(file)})&&process.exit(0),20)`
      const {lines, error} = await run({run: node(script), timeoutMs: 60_000}, {graceMs: 200})
      expect([lines, error]).toEqual([['up'], undefined])
      process.kill(Number(readFileSync(file, 'utf8')), 'SIGKILL')
    })
  })

  it('that cannot even be tried is said to be so, too', async () => {
    const {error} = await run({run: ['echo', 'a\0b']})
    expect(error).toMatchObject({code: 'VN-RUNBOOK-STEP-FAILED', message: 'The step "drain" could not be started.'})
  })
})

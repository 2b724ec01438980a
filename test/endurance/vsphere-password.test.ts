import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {chmod, readdir, readFile, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import {makeVolume, runOk} from '../helpers/refusals-world.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {watchCli} from '../helpers/watched-cli.js'

/** With signs that a shell, JSON and a URL write otherwise. */
const MARKER = 'mark"er $ecret%7/'
const FORMS = [
  MARKER,
  JSON.stringify(MARKER).slice(1, -1),
  encodeURIComponent(MARKER),
  Buffer.from(MARKER).toString('base64').slice(0, -4),
  Buffer.from(MARKER).toString('hex'),
]
const LOUD = {DEBUG: '*'}
const SAMPLE_MS = 4

let bench: SandboxBench
let server: SandboxHandle
let consumer: SandboxHandle
let env: Environment

const holdsMarker = (text: string): boolean => FORMS.some((form) => text.includes(form))

beforeAll(async () => {
  bench = await openSandboxBench()
  ;[server, consumer] = await Promise.all([bench.start('server'), bench.start('consumer')])
  env = {...bench.environment(server, consumer), VIC_MACHINE_PASSWORD: MARKER}
  await makeVolume(server, 'data')
  await runOk(bench, ['expose-volume', 'data'], env)
})
afterAll(() => bench.close())

/**
 * A vic-machine that has to be given the marker, and does nothing until its command line has been looked at; `more` is
 * done in each call of it, before the real one.
 */
async function demanding(name: string, more = ''): Promise<string> {
  const program = path.join(bench.directory, name)
  const lines = [
    '#!/bin/sh',
    // The marker itself must not stand in a file that is searched for it.
    `[ "$(printf %s "$VIC_MACHINE_PASSWORD" | md5sum | cut -c1-32)" = "$(cat '${program}.sum')" ] || exit 9`,
    // It is not waited for any longer when everything is over.
    `until [ -e '${program}.seen.'$$ ] || [ ! -e '${program}' ]; do sleep 0.02; done`,
    more,
    `VIC_MACHINE_PASSWORD=sandbox exec '${consumer.vicMachinePath}' "$@"`,
  ]
  const sum = await new Promise<string>((resolve) => {
    const child = spawn('md5sum', {stdio: ['pipe', 'pipe', 'inherit']})
    child.stdout.setEncoding('utf8').once('data', (text: string) => resolve(text.slice(0, 32)))
    child.stdin.end(MARKER)
  })
  await writeFile(`${program}.sum`, sum)
  await writeFile(program, `${lines.join('\n')}\n`)
  await chmod(program, 0o755)
  return program
}

/**
 * Every command line of this machine, again and again until `stop`.
 * @returns those with the marker, and how many calls of vic-machine were looked at
 */
function sampleCommandLines() {
  const sampling = {stop: false, calls: new Set<string>(), found: new Set<string>()}
  const look = (): void => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      let text = ''
      try {
        text = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      } catch {
        // It has ended meanwhile.
      }
      if (holdsMarker(text)) sampling.found.add(text.replaceAll('\0', ' '))
      const [, program = ''] = text.split('\0')
      if (!program.startsWith(path.join(bench.directory, 'vic-machine-'))) continue
      writeFileSync(`${program}.seen.${pid}`, '')
      sampling.calls.add(pid)
    }
  }
  const ended = (async () => {
    while (!sampling.stop) {
      look()
      await delay(SAMPLE_MS)
    }
  })()
  return {
    async end() {
      sampling.stop = true
      await ended
      return {found: [...sampling.found], calls: sampling.calls.size}
    },
  }
}

/** Files below the bench's folder that hold the marker; `but` is left out. */
async function filesWithMarker(but = /^$/): Promise<string[]> {
  const names = await readdir(bench.directory, {recursive: true, withFileTypes: true})
  const files = names.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name))
  const searched = files.map(async (file) => [file, (await readFile(file)).toString('utf8')] as const)
  return (await Promise.all(searched))
    .filter(([file, text]) => holdsMarker(text) && !but.test(file))
    .map(([file]) => file)
}

async function run(argv: readonly string[], over: Environment = {}) {
  const sampling = sampleCommandLines()
  const end = await watchCli(argv, {...env, ...over}).finished
  return {...end, ...(await sampling.end())}
}

const register = (label: string, ...more: string[]) => [
  ...['register-store', label, '--share', 'data', '--directory', label, '--yes', ...more],
]

function expectSilent(seen: Awaited<ReturnType<typeof run>>): void {
  expect(seen.found).toEqual([])
  expect(seen.calls).toBeGreaterThan(0)
  expect(holdsMarker(seen.stdout)).toBe(false)
  expect(holdsMarker(seen.stderr)).toBe(false)
}

describe('the password of vSphere', () => {
  it('the control: what is sampled and searched would find it', async () => {
    const sampling = sampleCommandLines()
    const child = spawn('sh', ['-c', 'sleep 5; true', 'sh', MARKER], {stdio: 'ignore'})
    await delay(50)
    child.kill()
    await once(child, 'exit')
    expect((await sampling.end()).found).toEqual([expect.stringContaining(MARKER)])
    const file = path.join(bench.directory, 'control')
    await writeFile(file, JSON.stringify({said: MARKER}))
    expect(await filesWithMarker()).toEqual([file])
    await writeFile(file, '')
  })

  it.each([
    ['--verbose', 'one'],
    ['--json', 'two'],
  ])('is in no command line, output or file of a registration with %s and every debugger on', async (flag, label) => {
    const program = await demanding(`vic-machine-${label}`)
    const seen = await run(register(label, flag), {...LOUD, VICNFS_VIC_MACHINE: program})
    expect(seen.exitCode).toBe(0)
    expect(seen.stderr).toContain('modem')
    expectSilent(seen)
    expect(await filesWithMarker()).toEqual([])
  })

  it('is in no output when vicnfs crashes in the middle', async () => {
    const crash = path.join(bench.directory, 'crash.mjs')
    const begun = path.join(bench.directory, 'begun')
    const program = await demanding('vic-machine-crash', `: > '${begun}'`)
    const body = [
      `import {existsSync} from 'node:fs'`,
      `const look = () => { if (existsSync('${begun}')) throw Object.assign(new Error('crash'), {env: 1}) }`,
      `if (process.argv.includes('register-store')) setInterval(look, 5)`,
    ].join('\n')
    await writeFile(crash, `${body}\n`)
    const over = {...LOUD, VICNFS_VIC_MACHINE: program, NODE_OPTIONS: `--import ${crash}`}
    const seen = await run(register('crashed', '--verbose'), over)
    expect(seen.exitCode).not.toBe(0)
    expect(seen.stderr).toContain('crash')
    expectSilent(seen)
    expect(await filesWithMarker()).toEqual([])
  })

  it('is in no output and no journal when vic-machine itself repeats it and fails', async () => {
    const say = (text: string) => String.raw`printf '%s\n' "time=\"2026-11-23T16:19:28Z\" level=error msg=\"${text}\" "`
    const said = [
      String.raw`p=$(printf %s "$VIC_MACHINE_PASSWORD" | sed 's/"/\\"/g')`,
      say('login as admin:$p failed'),
      say('vic-machine-linux configure failed: login as admin:$p failed'),
    ].join('; ')
    const program = await demanding('vic-machine-talks', `case "$*" in configure*) ${said}; exit 1;; esac`)
    for (const flag of ['--verbose', '--json']) {
      const seen = await run(register('talks', flag, '--vch-timeout', '3s'), {...LOUD, VICNFS_VIC_MACHINE: program})
      expect(seen.exitCode).toBeGreaterThan(0)
      expect(seen.stdout + seen.stderr).toMatch(/login as admin:.* failed/)
      expectSilent(seen)
    }
    // What vic-machine writes goes into its private folder as it is.
    expect(await filesWithMarker(/\/changes\//)).toEqual([])
  })
})

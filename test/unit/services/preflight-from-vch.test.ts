import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {rm} from 'node:fs/promises'

import type {WorkEvent} from '../../../src/model/event.js'
import {VicnfsError} from '../../../src/model/vicnfs-error.js'
import {RUNG_TITLES} from '../../../src/nfs/preflight/rung-titles.js'
import {preflightUrlFromVch} from '../../../src/services/preflight-from-vch.js'
import type {ContainerRequest} from '../../../src/vch/vch-api.js'
import {fakeWorld, type FakeWorld} from '../../helpers/fake-world.js'
import {makeTempDirectory} from '../../helpers/temp-directory.js'

let directory: string
let world: FakeWorld
let requests: ContainerRequest[]

beforeEach(async () => {
  directory = await makeTempDirectory()
  world = fakeWorld(directory)
  requests = []
  const plain = {...world.adapters.consumer}
  behave({
    createContainer(request: ContainerRequest) {
      requests.push(request)
      return plain.createContainer(request)
    },
  })
})
afterEach(() => rm(directory, {recursive: true}))

const behave = (how: object): void => void Object.assign(world.adapters.consumer, how)

interface Line {
  readonly state?: string
  readonly code?: string
  readonly finding?: string
}

/** A log of share-check, every rung passed unless told otherwise. */
function logOf(changes: Readonly<Record<string, Line | undefined>> = {}): string {
  const rungs = Object.keys(RUNG_TITLES)
    .filter((id) => !(id in changes) || changes[id] !== undefined)
    .map((id) => ({id, title: 'a title', state: 'passed', durationMs: 1, finding: 'fine', ...changes[id]}))
  const passed = rungs.every(({state}) => state !== 'failed')
  const report = {passed, privilegedPort: true, readOnly: false}
  return [...rungs.map((rung) => JSON.stringify({rung})), JSON.stringify({report})].join('\n')
}

function says(log: string, exitCode: number): void {
  behave({containerLogs: () => Promise.resolve(log), waitContainer: () => Promise.resolve(exitCode)})
}

function check(options: {readOnly?: boolean; signal?: AbortSignal; onEvent?: (event: WorkEvent) => void} = {}) {
  const {readOnly = false, ...watched} = options
  const wish = {url: 'nfs://10.9.0.2/exports/my data?uid=7', image: 'image:1', readOnly}
  return preflightUrlFromVch(wish, world.adapters, watched)
}

describe('a share that passes', () => {
  it('is checked by a container of the consumer VCH, which is removed', async () => {
    says(logOf(), 0)
    const report = await check()
    const expected = {passed: true, from: 'vch', vch: 'consumer', onEngine: false, network: 'bridge', uid: 7, gid: 7}
    expect(report).toMatchObject({...expected, privilegedPort: true, notProven: expect.any(Array)})
    expect(report.rungs.map(({title}) => title)).toEqual(Object.values(RUNG_TITLES))
    expect(report.proven).toHaveLength(3)
    expect(report.next).toMatch(/^vicnfs register-store my-data-store --url /)
    const [request] = requests
    expect(request).toMatchObject({
      image: 'image:1',
      command: ['share-check', '--json', '--timeout', '5', 'nfs://10.9.0.2/exports/my%20data?uid=7&gid=7'],
      labels: {'vicnfs.role': 'check', 'vicnfs.run': expect.any(String)},
    })
    expect(Object.keys(request ?? {})).not.toContain('capabilities')
    expect(world.containers.size).toBe(0)
  })

  it('is not called proven where the kernel was left out', async () => {
    const skipped = {state: 'skipped', finding: 'not proven here: no NFS client'}
    says(logOf({'kernel-mount': skipped, 'kernel-write': skipped}), 0)
    const report = await check()
    expect(report.proven).toHaveLength(1)
    expect(report.notProven[0]).toBe("that a container's kernel mounts the share and writes to it: no NFS client")
  })

  it('says nothing about a VCH where a Docker Engine answers, and may mount there', async () => {
    says(logOf(), 0)
    behave({info: () => Promise.resolve({kind: 'docker-engine', name: 'box', running: true})})
    const report = await check()
    expect(report).toMatchObject({onEngine: true, vch: 'box'})
    expect(report.notProven[0]).toContain('plain Docker Engine')
    expect(requests[0]?.capabilities).toEqual(['SYS_ADMIN'])
  })

  it('is shown rung by rung while the container runs, each rung once', async () => {
    const lines = logOf().split('\n')
    let shown = 0
    let end: (code: number) => void = () => undefined
    behave({
      containerLogs() {
        shown = Math.min(lines.length, shown + 8)
        if (shown === lines.length) end(0)
        return Promise.resolve(lines.slice(0, shown).join('\n'))
      },
      waitContainer: () => new Promise<number>((resolve) => (end = resolve)),
    })
    const told: string[] = []
    await check({onEvent: (event) => void (event.type === 'note' && told.push(event.text))})
    expect(told).toEqual(Object.values(RUNG_TITLES).map((title) => `✔ ${title} (1.0 ms): fine`))
  })
})

describe('a share that fails', () => {
  it('is the error of its rung, with exit code 5', async () => {
    says(logOf({mountd: {state: 'failed', code: 'VN-NFS-MNT-NOENT', finding: 'no such path\u001b[2J'}}), 5)
    await expect(check()).rejects.toMatchObject({
      code: 'VN-NFS-MNT-NOENT',
      exitCode: 5,
      message: 'A container of consumer could not use 10.9.0.2:/exports/my data: Mount the export failed.',
      reason: 'No such path [2J.',
    })
    expect(world.containers.size).toBe(0)
  })

  it('has a code of our table, whatever the container says', async () => {
    says(logOf({mountd: {state: 'failed', code: 'VN-VCH-TIMEOUT'}}), 5)
    await expect(check()).rejects.toMatchObject({code: 'VN-NFS-STATUS'})
  })
})

describe('a container without a result', () => {
  it.each<[string, string, number]>([
    ['a rung is missing', logOf({subfolder: undefined}), 0],
    ['its exit code contradicts', logOf(), 5],
    ['its last line is missing', logOf().split('\n').slice(0, -1).join('\n'), 0],
    ['it says something else', 'share-check: error: it broke', 1],
    ['it says nothing', '', 137],
  ])('has proven nothing: %s', async (_what, log, exitCode) => {
    says(log, exitCode)
    await expect(check()).rejects.toMatchObject({code: 'VN-CHECK-NO-RESULT', exitCode: 1})
    expect(world.containers.size).toBe(0)
  })

  it.each(['share-check: no such executable in PATH.', 'exec: "share-check": executable file not found in $PATH'])(
    'tells an image without share-check: %s',
    async (answer) => {
      const error = new VicnfsError('VN-VCH-START-FAILED', `Container x did not start: ${answer}`)
      behave({startContainer: () => Promise.reject(error)})
      await expect(check()).rejects.toMatchObject({code: 'VN-CHECK-NO-PROGRAM', exitCode: 1})
      expect(world.containers.size).toBe(0)
    },
  )

  it('has a limit, after which it is removed', async () => {
    behave({waitContainer: () => Promise.reject(new VicnfsError('VN-VCH-TIMEOUT', 'It did not answer.'))})
    await expect(check()).rejects.toMatchObject({code: 'VN-CHECK-NOT-ENDED', exitCode: 5})
    expect(world.containers.size).toBe(0)
  })
})

describe('what is left behind', () => {
  it('is nothing after Ctrl-C', async () => {
    const stop = new AbortController()
    behave({
      waitContainer: (_id: string, {signal}: {signal: AbortSignal}) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error), {once: true})
          stop.abort()
        }),
    })
    await expect(check({signal: stop.signal})).rejects.toMatchObject({code: 'VN-INTERRUPTED'})
    expect(world.did.filter((deed) => deed.includes('vicnfs-check'))).toHaveLength(3)
    expect(world.containers.size).toBe(0)
  })

  it('is nothing after Ctrl-C while the container is still being made', async () => {
    const stop = new AbortController()
    const plain = {...world.adapters.consumer}
    behave({
      async createContainer(request: ContainerRequest) {
        stop.abort()
        // It is made in any case, only later.
        await new Promise((resolve) => setImmediate(resolve))
        return plain.createContainer(request)
      },
    })
    await expect(check({signal: stop.signal})).rejects.toMatchObject({code: 'VN-INTERRUPTED'})
    expect(world.did.filter((deed) => deed.startsWith('start'))).toEqual([])
    expect(world.containers.size).toBe(0)
  })

  it('is nothing where the removal is refused at first, as an Engine does during a start', async () => {
    says(logOf(), 0)
    const plain = {...world.adapters.consumer}
    let refusals = 1
    behave({
      removeContainer: (id: string) =>
        refusals-- > 0 ? Promise.reject(new Error('removal of container is in progress')) : plain.removeContainer(id),
    })
    await check()
    expect(world.containers.size).toBe(0)
  })

  it('is said where it cannot be removed', async () => {
    says(logOf(), 0)
    behave({removeContainer: () => Promise.reject(new Error('it will not go'))})
    const told: string[] = []
    await check({
      onEvent: (event) => void (event.type === 'note' && event.level === 'warning' && told.push(event.text)),
    })
    expect(told).toEqual(['The container of the check may have been left behind: it will not go'])
  })

  it('is nothing when the answer to the create is lost, and the container is there all the same', async () => {
    const plain = {...world.adapters.consumer}
    behave({
      async createContainer(request: ContainerRequest) {
        await plain.createContainer(request)
        throw new VicnfsError('VN-VCH-UNREACHABLE', 'Nothing answers.')
      },
    })
    await expect(check()).rejects.toMatchObject({code: 'VN-VCH-UNREACHABLE'})
    expect(world.containers.size).toBe(0)
  })

  it('by a run that was killed is taken away: what is old or of this machine, nothing of another one', async () => {
    const {consumer, journal} = world.adapters
    const leave = (run: string, ageMs: number) => {
      const labels = {
        'vicnfs.role': 'check',
        'vicnfs.run': run,
        'vicnfs.started': new Date(Date.now() - ageMs).toISOString(),
      }
      return consumer.createContainer({name: run, image: 'image:1', labels})
    }
    for (const [run, ageMs] of [
      ['old', 7_200_000],
      ['alive', 60_000],
      ['ours', 60_000],
    ] as const)
      await leave(run, ageMs)
    const vch = {keys: ['endpoint:tcp://consumer:2376']}
    await journal.append({kind: 'intent', action: 'share-check', vch, data: {run: 'ours'}})
    says(logOf(), 0)
    await check()
    expect([...world.containers.values()].map(({name}) => name)).toEqual(['alive'])
  })
})

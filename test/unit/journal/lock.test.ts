import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {spawn, spawnSync} from 'node:child_process'
import {once} from 'node:events'
import {existsSync, readFileSync} from 'node:fs'
import {readdir, readFile, rm, writeFile} from 'node:fs/promises'
import path from 'node:path'

import {lockVch} from '../../../src/journal/lock.js'
import type {LockHolder} from '../../../src/journal/lock-holder.js'
import {makeTempDirectory} from '../../helpers/temp-directory.js'

let directory: string

beforeEach(async () => {
  directory = await makeTempDirectory()
})

afterEach(() => rm(directory, {recursive: true, force: true}))

/** A machine that was given the host name of this one. */
const TWIN = {machine: 'another', boot: 'its-own'}
const hasMachineId = existsSync('/etc/machine-id') && readFileSync('/etc/machine-id', 'utf8').trim() !== ''

const WAIT = {timeoutMs: 50_000, intervalMs: 2}

async function lockFiles(): Promise<string[]> {
  const names = await readdir(path.join(directory, 'locks'))
  return names.map((name) => path.join(directory, 'locks', name))
}

/** Makes the present holder of the only lock look like `changes`. */
async function forgeHolder(changes: Partial<LockHolder>): Promise<void> {
  const [file] = await lockFiles()
  const holder = JSON.parse(await readFile(file!, 'utf8')) as LockHolder
  await writeFile(file!, JSON.stringify({...holder, ...changes}))
}

function deadPid(): number {
  const {pid} = spawnSync(process.execPath, ['-e', '0'])
  return pid
}

const statFields = (pid: number): string[] =>
  (readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1] ?? '').split(' ')

describe('lockVch', () => {
  it('takes over from a holder that was killed and that nobody has reaped', async () => {
    // The parent becomes a program that reaps nobody before its child, which reads until we are done, may end.
    const script = 'exec 3<&0; cat <&3 >/dev/null & echo $!; exec sleep 60'
    const parent = spawn('sh', ['-c', script], {stdio: ['pipe', 'pipe', 'ignore']})
    const [digits] = (await once(parent.stdout, 'data')) as [Buffer]
    const pid = Number(digits.toString())
    const turn = () => new Promise((resolve) => setImmediate(resolve))
    while (readFileSync(`/proc/${parent.pid}/comm`, 'utf8') !== 'sleep\n') await turn()
    parent.stdin.end()
    while (statFields(pid)[0] !== 'Z') await turn()
    await lockVch(directory, ['endpoint:a'], WAIT)
    await forgeHolder({pid, startTicks: Number(statFields(pid)[19])})
    const release = await lockVch(directory, ['endpoint:a'], {...WAIT, timeoutMs: 10})
    expect(await lockFiles()).toHaveLength(1)
    await release()
    parent.kill('SIGKILL')
  })

  it('lets one in at a time, whichever of the names it was locked by', async () => {
    const release = await lockVch(directory, ['endpoint:a', 'vm:1'], WAIT)
    for (const keys of [['endpoint:a'], ['vm:1'], ['endpoint:b', 'vm:1']]) {
      await expect(lockVch(directory, keys, {...WAIT, timeoutMs: 10})).rejects.toMatchObject({
        code: 'VN-JOURNAL-LOCKED',
        exitCode: 3,
        details: {holder: {pid: process.pid}},
      })
    }
    const other = await lockVch(directory, ['endpoint:b'], {...WAIT, timeoutMs: 10})
    await release()
    await other()
    expect(await lockFiles()).toEqual([])
  })

  it('waits for a living holder, says so once, and goes on when it is released', async () => {
    const release = await lockVch(directory, ['endpoint:a'], WAIT)
    const told: string[] = []
    const waiting = lockVch(directory, ['endpoint:a'], {
      ...WAIT,
      onWait: (text) => {
        told.push(text)
        setTimeout(() => void release(), 20)
      },
    })
    await (
      await waiting
    )()
    expect(told).toHaveLength(1)
    expect(told[0]).toContain(`process ${process.pid} on `)
  })

  it('stops waiting on abort', async () => {
    const release = await lockVch(directory, ['endpoint:a'], WAIT)
    const controller = new AbortController()
    const onWait = (): void => {
      controller.abort()
    }
    const waiting = lockVch(directory, ['endpoint:a'], {...WAIT, onWait, signal: controller.signal})
    await expect(waiting).rejects.toMatchObject({code: 'VN-INTERRUPTED'})
    await release()
  })

  it.each([
    ['a process that is gone', () => ({pid: deadPid()})],
    ['a process whose pid was given to another one', () => ({startTicks: 1})],
    ['a process from before the last boot', () => ({boot: 'another-boot'})],
  ])('takes over the lock of %s', async (_name, changes) => {
    await lockVch(directory, ['endpoint:a'], WAIT)
    await forgeHolder(changes())
    const release = await lockVch(directory, ['endpoint:a'], {...WAIT, timeoutMs: 0})
    await release()
    expect(await lockFiles()).toEqual([])
  })

  it.each([
    ['of another machine', {host: 'elsewhere'}, /^It runs on another machine \(elsewhere\), so it cannot be seen/],
    ...(hasMachineId ? [['of a machine with the same name', TWIN, /^It runs on another machine/] as const] : []),
    ['of another container', {namespace: 'pid:[1]'}, /^It runs in another container of this machine/],
  ] as const)('never takes over the lock %s, and says how it is removed', async (_name, changes, why) => {
    await lockVch(directory, ['endpoint:a'], WAIT)
    await forgeHolder({...changes, pid: deadPid()})
    const [file] = await lockFiles()
    await expect(lockVch(directory, ['endpoint:a'], {...WAIT, timeoutMs: 0})).rejects.toMatchObject({
      code: 'VN-JOURNAL-LOCKED',
      reason: expect.stringMatching(why),
      tries: [
        expect.stringMatching(/ps -o pid,lstart,args/),
        `rm ${file}   # only when that process is certainly gone`,
      ],
    })
    const controller = new AbortController()
    const onWait = (text: string): void => {
      controller.abort(new Error(text))
    }
    const waiting = lockVch(directory, ['endpoint:a'], {...WAIT, onWait, signal: controller.signal})
    await expect(waiting).rejects.toMatchObject({code: 'VN-INTERRUPTED'})
    expect((controller.signal.reason as Error).message).toContain(`only when it is gone for certain: rm ${file}`)
  })

  it('takes over the lock of another container from before the last boot', async () => {
    await lockVch(directory, ['endpoint:a'], WAIT)
    await forgeHolder({namespace: 'pid:[1]', boot: 'another-boot'})
    await (
      await lockVch(directory, ['endpoint:a'], {...WAIT, timeoutMs: 0})
    )()
    expect(await lockFiles()).toEqual([])
  })

  it('names every lock of the holder, since a VCH is locked under several names', async () => {
    const release = await lockVch(directory, ['endpoint:a', 'vm:1'], WAIT)
    const files = (await lockFiles()).sort()
    await expect(lockVch(directory, ['vm:1'], {...WAIT, timeoutMs: 0})).rejects.toMatchObject({
      message: expect.stringMatching(/^This VCH is being changed by `vicnfs.*` \(process \d+ on .*, since \d{4}-/),
      details: {lockFiles: files},
    })
    await release()
  })

  it('has never two winners when many find the same dead holder', async () => {
    await lockVch(directory, ['endpoint:a'], WAIT)
    await forgeHolder({pid: deadPid()})
    let inside = 0
    let most = 0
    const enter = async (): Promise<void> => {
      const release = await lockVch(directory, ['endpoint:a'], WAIT)
      inside += 1
      most = Math.max(most, inside)
      await new Promise((resolve) => setImmediate(resolve))
      inside -= 1
      await release()
    }
    await Promise.all(Array.from({length: 12}, enter))
    expect(most).toBe(1)
    expect(await lockFiles()).toEqual([])
  })

  it('takes over though the process that was taking over died half-way', async () => {
    await lockVch(directory, ['endpoint:a'], WAIT)
    await forgeHolder({pid: deadPid()})
    const [file] = await lockFiles()
    const holder = await readFile(file!, 'utf8')
    const {createHash} = await import('node:crypto')
    const guard = createHash('sha256')
      .update(path.basename(file!) + holder)
      .digest('hex')
      .slice(0, 32)
    await writeFile(path.join(directory, 'locks', `${guard}.guard`), holder)
    const release = await lockVch(directory, ['endpoint:a'], {...WAIT, timeoutMs: 0})
    await release()
    expect((await lockFiles()).filter((name) => !name.endsWith('.guard'))).toEqual([])
  })

  it('leaves a lock file alone that it did not write', async () => {
    await (
      await lockVch(directory, ['endpoint:a'], WAIT)
    )()
    await lockVch(directory, ['endpoint:a'], WAIT)
    const [file] = await lockFiles()
    await writeFile(file!, 'something else')
    await expect(lockVch(directory, ['endpoint:a'], WAIT)).rejects.toMatchObject({code: 'VN-JOURNAL-LOCKED'})
  })

  it('releases what it had taken when a later name is held', async () => {
    const release = await lockVch(directory, ['b'], WAIT)
    await expect(lockVch(directory, ['a', 'b'], {...WAIT, timeoutMs: 10})).rejects.toMatchObject({
      code: 'VN-JOURNAL-LOCKED',
    })
    await (
      await lockVch(directory, ['a'], {...WAIT, timeoutMs: 10})
    )()
    await release()
  })
})

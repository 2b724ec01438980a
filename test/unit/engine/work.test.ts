import {describe, expect, it} from '@jest/globals'

import {runWork, type Work} from '../../../src/engine/work.js'
import type {WorkEvent} from '../../../src/model/event.js'
import {VicnfsError} from '../../../src/model/vicnfs-error.js'

/** Runs work whose steps `a`, `b`, … each register an undo; gives back what was undone, in order, and the events. */
async function runRecorded(body: (work: Work, undone: string[]) => Promise<unknown>, signal?: AbortSignal) {
  const undone: string[] = []
  const events: WorkEvent[] = []
  const options = {undoTimeoutMs: 50, onEvent: (event: WorkEvent) => events.push(event)}
  const result: {value?: unknown; error?: unknown} = await runWork(
    (work) => body(work, undone),
    signal === undefined ? options : {...options, signal},
  ).then(
    (value) => ({value}),
    (error: unknown) => ({error}),
  )
  return {undone, events, ...result}
}

function change(work: Work, undone: string[], id: string): Promise<void> {
  return work.step(id, `make ${id}`, async (step) => {
    step.undo(`remove ${id}`, async () => {
      undone.push(id)
    })
  })
}

describe('runWork', () => {
  it('gives back the result and undoes nothing when all goes well', async () => {
    const {value, undone, events} = await runRecorded(async (work, list) => {
      await change(work, list, 'a')
      return 42
    })
    expect(value).toBe(42)
    expect(undone).toEqual([])
    expect(events.map((event) => event.type)).toEqual(['step.started', 'step.done'])
  })

  it('undoes newest first when a later step fails, and throws what the step threw', async () => {
    const failure = new VicnfsError('VN-VCH-TIMEOUT', 'too late')
    const {undone, error, events} = await runRecorded(async (work, list) => {
      await change(work, list, 'a')
      await change(work, list, 'b')
      await work.step('c', 'fail', () => Promise.reject(failure))
    })
    expect(undone).toEqual(['b', 'a'])
    expect(error).toBe(failure)
    expect(events.slice(-5).map((event) => event.type)).toEqual([
      'step.failed',
      'undo.started',
      'undo.done',
      'undo.started',
      'undo.done',
    ])
  })

  it('undoes the half of a step that was done before the step itself failed', async () => {
    const {undone} = await runRecorded((work, list) =>
      work.step('a', 'half', async (step) => {
        step.undo('remove a', async () => void list.push('a'))
        throw new Error('after the change')
      }),
    )
    expect(undone).toEqual(['a'])
  })

  it('tries every undo though one fails and one never ends, and says so in the error', async () => {
    const {undone, error, events} = await runRecorded(async (work, list) => {
      await change(work, list, 'a')
      await work.step('b', 'b', async (step) => {
        step.undo('remove b', () => Promise.reject(new Error('refused')))
        step.undo('remove b2', () => new Promise(() => undefined))
      })
      await change(work, list, 'c')
      throw new VicnfsError('VN-VCH-TIMEOUT', 'too late', {details: {host: 'h'}, tries: ['vicnfs doctor']})
    })
    expect(undone).toEqual(['c', 'a'])
    expect(error).toMatchObject({
      code: 'VN-VCH-TIMEOUT',
      message: 'too late',
      exitCode: 4,
      tries: ['vicnfs doctor'],
      details: {
        host: 'h',
        undoFailures: [
          {title: 'remove b2', message: 'it did not end within 0.05 s'},
          {title: 'remove b', message: 'refused'},
        ],
      },
    })
    expect(events.filter((event) => event.type === 'undo.failed')).toHaveLength(2)
  })

  it('undoes nothing after the cut, neither what was registered before nor what comes later (S4)', async () => {
    const {undone, error, events} = await runRecorded(async (work, list) => {
      await change(work, list, 'server')
      work.cutUndo('configure starts')
      expect(work.undoIsCut).toBe(true)
      await change(work, list, 'later')
      throw new Error('configure failed')
    })
    expect(undone).toEqual([])
    expect(error).toMatchObject({message: 'configure failed'})
    expect(events).toContainEqual({type: 'undo.cut', reason: 'configure starts'})
  })

  it('tells each reason of a cut once: what comes later may stop in another way', async () => {
    const {events} = await runRecorded((work) => {
      for (const reason of ['exchange', 'exchange', 'configure']) work.cutUndo(reason)
      return Promise.resolve()
    })
    const reasons = events.flatMap((event) => (event.type === 'undo.cut' ? [event.reason] : []))
    expect(reasons).toEqual(['exchange', 'configure'])
  })

  it('control: the same failure without the cut undoes both', async () => {
    const {undone} = await runRecorded(async (work, list) => {
      await change(work, list, 'server')
      await change(work, list, 'later')
      throw new Error('configure failed')
    })
    expect(undone).toEqual(['later', 'server'])
  })

  it('brings what is shielded to its end, however often it is told to stop, and nothing after it', async () => {
    const controller = new AbortController()
    const seen: string[] = []
    const {error} = await runRecorded(async (work) => {
      const shielded = work.shielded()
      await shielded.step('a', 'a', async (step) => {
        controller.abort()
        seen.push(`a, aborted: ${step.signal.aborted}`)
      })
      await shielded.step('b', 'b', async () => void seen.push('b'))
      await work.step('c', 'c', async () => void seen.push('c'))
    }, controller.signal)
    expect(seen).toEqual(['a, aborted: false', 'b'])
    expect(error).toMatchObject({code: 'VN-INTERRUPTED'})
  })

  it('on abort runs no further step, undoes with a signal that is not aborted, and throws the reason', async () => {
    const controller = new AbortController()
    const reason = new VicnfsError('VN-INTERRUPTED', 'told to stop', {exitCode: 143})
    let undoSignalWasAborted: boolean | undefined
    const {error, events} = await runRecorded(async (work) => {
      await work.step('a', 'a', async (step) => {
        step.undo('remove a', async ({signal}) => {
          undoSignalWasAborted = signal.aborted
        })
        controller.abort(reason)
      })
      await work.step('b', 'b', async () => undefined)
    }, controller.signal)
    expect(undoSignalWasAborted).toBe(false)
    expect(error).toBe(reason)
    expect(events.filter((event) => event.type === 'step.started')).toHaveLength(1)
  })

  it('reports an adapter error that came from the abort as the interruption', async () => {
    const controller = new AbortController()
    const {error} = await runRecorded(
      (work) =>
        work.step('a', 'a', async () => {
          controller.abort()
          throw new Error('socket hang up')
        }),
      controller.signal,
    )
    expect(error).toMatchObject({code: 'VN-INTERRUPTED', exitCode: 130, cause: {message: 'socket hang up'}})
  })

  it('keeps an error that says more than "interrupted" about the VCH', async () => {
    const controller = new AbortController()
    const halfDone = Object.assign(new VicnfsError('VN-BUG', 'the VCH is down'), {kind: 'half-done'})
    const {error} = await runRecorded(async () => {
      controller.abort()
      throw halfDone
    }, controller.signal)
    expect(error).toBe(halfDone)
  })

  it('tells how each step ended, with its time', async () => {
    const clock = {ms: 0}
    const events: WorkEvent[] = []
    const options = {now: () => clock.ms, onEvent: (event: WorkEvent) => void events.push(event)}
    await runWork(async (work) => {
      await work.step('a', 'A', async (step) => {
        clock.ms += 1200
        step.note('5 GB')
      })
      await work.step('b', 'B', async (step) => {
        step.unchanged('as asked')
      })
      await work.step('c', 'C', async (step) => {
        step.skipped()
      })
    }, options)
    expect(events.filter((event) => event.type === 'step.done')).toEqual([
      {type: 'step.done', id: 'a', title: 'A', outcome: 'changed', note: '5 GB', durationMs: 1200},
      {type: 'step.done', id: 'b', title: 'B', outcome: 'unchanged', note: 'as asked', durationMs: 0},
      {type: 'step.done', id: 'c', title: 'C', outcome: 'skipped', durationMs: 0},
    ])
  })

  it('is not disturbed by a watcher that throws', async () => {
    const onEvent = (): never => {
      throw new Error('the terminal is gone')
    }
    await expect(runWork((work) => work.step('a', 'A', () => Promise.resolve('done')), {onEvent})).resolves.toBe('done')
  })
})

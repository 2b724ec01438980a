import {describe, expect, it} from '@jest/globals'
import {Readable} from 'node:stream'

import {followBuild} from '../../../src/vch/operations/build-stream.js'
import {followPush} from '../../../src/vch/operations/push-stream.js'

const streamOf = (...lines: unknown[]) => Readable.from(lines.map((line) => `${JSON.stringify(line)}\r\n`))
const said = (...texts: string[]) => texts.map((stream) => ({stream}))

describe('followBuild', () => {
  it('tells steps from output, and leaves the talk of the builder out', async () => {
    const steps: string[] = []
    const output: string[] = []
    const stream = streamOf(
      ...said('Step 1/2 : FROM x', '\n', ' ---> 0123456789ab\n', 'Step 2/2 : RUN echo a &&  \techo b', '\n'),
      ...said(' ---> Running in 0123456789ab\n', 'a\nb', 'c\r\n', '\u001b[91mred\n\u001b[0m'),
      {aux: {ID: 'sha256:1'}},
      ...said('Successfully built 0123456789ab\n', 'Successfully tagged x:1\n'),
    )
    const end = await followBuild(stream, {onStep: (text) => steps.push(text), onOutput: (text) => output.push(text)})
    expect(steps).toEqual(['step 1 of 2: FROM x', 'step 2 of 2: RUN echo a && echo b'])
    expect(output).toEqual(['a', 'bc', 'red'])
    expect(end).toEqual({step: 'step 2 of 2: RUN echo a && echo b', tail: ['a', 'bc', 'red']})
  })

  it('keeps the last twenty lines of the step that failed, and none of those before', async () => {
    const many = Array.from({length: 30}, (_, n) => `line ${n}\n`)
    const message = "The command '/bin/sh -c false' returned a non-zero code: 1"
    const stream = streamOf(...said('Step 1/2 : RUN true\n', 'early\n', 'Step 2/2 : RUN false\n', ...many), {
      errorDetail: {code: 1, message},
      error: message,
    })
    const end = await followBuild(stream)
    expect(end.failure).toBe(message)
    expect(end.tail).toEqual(many.slice(10).map((line) => line.trim()))
  })

  it('shows a pull of the base without each of its percents', async () => {
    const output: string[] = []
    const stream = streamOf(
      {status: 'Pulling from library/debian', id: 'bookworm-slim'},
      {status: 'Downloading', id: 'abc', progressDetail: {current: 1, total: 2}},
      {status: 'Pull complete', id: 'abc', progressDetail: {}},
    )
    await followBuild(stream, {onOutput: (text) => output.push(text)})
    expect(output).toEqual(['bookworm-slim: Pulling from library/debian', 'abc: Pull complete'])
  })

  it('throws when the stream breaks off', async () => {
    const stream = new Readable({read: () => undefined})
    const end = followBuild(stream)
    stream.destroy(new Error('broken off'))
    await expect(end).rejects.toThrow('broken off')
  })
})

describe('followPush', () => {
  it('tells of each layer, by quarters, and counts what was sent and what was there', async () => {
    const progress: string[] = []
    const pushing = (current: number) => ({id: 'a', status: 'Pushing', progressDetail: {current, total: 8_000_000}})
    const stream = streamOf(
      {status: 'The push refers to repository [r/nfs]'},
      {id: 'a', status: 'Preparing', progressDetail: {}},
      {id: 'b', status: 'Layer already exists', progressDetail: {}},
      {id: 'c', status: 'Mounted from other/nfs', progressDetail: {}},
      ...[1000, 2000, 1_999_999, 2_000_000, 2_500_000, 8_100_000].map(pushing),
      {id: 'a', status: 'Pushed', progressDetail: {}},
      {status: '1: digest: sha256:d size: 528'},
      {progressDetail: {}, aux: {Tag: '1', Digest: 'sha256:d', Size: 528}},
    )
    expect(await followPush(stream, (text) => progress.push(text))).toEqual({digest: 'sha256:d', sent: 1, present: 2})
    expect(progress).toEqual([
      'layer a: preparing',
      'layer b: the registry has it',
      'layer c: the registry has it',
      'layer a: sending, 0 % of 8.0 MB',
      'layer a: sending, 25 % of 8.0 MB',
      'layer a: sending, 100 % of 8.0 MB',
      'layer a: sent',
    ])
  })

  it('has the error of the registry', async () => {
    const message = 'unauthorized: authentication required'
    const end = await followPush(streamOf({id: 'a', status: 'Waiting'}, {errorDetail: {message}, error: message}))
    expect(end).toEqual({failure: message, sent: 0, present: 0})
  })
})

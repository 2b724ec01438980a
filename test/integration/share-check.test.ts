import {describe, expect, it} from '@jest/globals'

import {runPreflight} from '../../src/nfs/preflight/run-preflight.js'
import type {Rung, ShareAddress} from '../../src/nfs/preflight/report.js'
import {MNT3_STATUS} from '../../src/nfs/wire/status.js'
import {withGrowingLimit} from '../helpers/growing-limit.js'
import {mntStatus} from '../helpers/memory-share.js'
import {serveMemoryShare, type ServedShare} from '../helpers/serve-memory-share.js'
import {checkPlace, whyNoPerl} from '../helpers/share-check.js'
import {SCENES, type Scene} from '../unit/nfs/preflight/scenes.js'

const KERNEL = ['kernel-mount', 'kernel-write']

/** Runs `body` on a share of its own that is healthy but for the scene. @returns its result, and what was called */
async function onStage<T>(
  {script = {}, arrange, address = {}}: Scene,
  body: (place: ShareAddress, portmapPort: number) => Promise<T>,
): Promise<{result: T; calls: string[]}> {
  const served: ServedShare = await serveMemoryShare(script)
  try {
    await arrange?.(served.share)
    const result = await body({...served.address, ...address}, served.server.port)
    return {result, calls: served.server.heard.map(({name}) => name)}
  } finally {
    await served.server.close()
  }
}

/** Ports differ from server to server, bounds of a record and who speaks from one to the other. */
const sameWords = (finding: string): string =>
  finding.replace(/\d{4,}/g, 'N').replace(/\b(we|this container) may not/g, 'we may not')

/** What a rung came to. */
const outcome = ({id, title, state, code, finding}: Rung) => ({id, title, state, code, finding: sameWords(finding)})

const refusals = Object.values(MNT3_STATUS)
  .filter(({number}) => number !== 0)
  .map(({name, number}): [string, Scene] => [
    `mountd answers ${name}`,
    {script: {'MOUNT.MNT': () => mntStatus(number)}},
  ])

const ROWS: [string, Scene][] = [
  ['a healthy share', {}],
  ...SCENES.map(([what, scene]): [string, Scene] => [what, scene]),
  ...refusals,
  ['a status that does not exist', {script: {'MOUNT.MNT': () => mntStatus(99)}}],
  ['the root of a server', {address: {path: '/'}}],
  ['a port in the URL', {address: {host: '127.0.0.1:2049'}}],
  ['a record without end', {script: {'NFS.FSINFO': () => ({raw: Buffer.from('7fffffff', 'hex')})}}],
  ['a record of empty fragments', {script: {'NFS.FSINFO': () => ({raw: Buffer.alloc(65_536)})}}],
  ['a handle longer than any', {script: {'MOUNT.MNT': () => Buffer.from('00000000ffffffff', 'hex')}}],
]

const perl = whyNoPerl()
const inPerl = perl === undefined ? describe : describe.skip

inPerl(`the image's share-check and our preflight${perl === undefined ? '' : ` (not tested: ${perl})`}`, () => {
  it.concurrent.each(ROWS)('come to the same: %s', async (_what, scene) => {
    const both = async (timeoutMs: number) => ({
      own: await onStage(scene, (place, portmapPort) => runPreflight(place, {portmapPort, rungTimeoutMs: timeoutMs})),
      checked: await onStage(scene, (place, portmapPort) => checkPlace(place, {portmapPort, timeoutMs})),
    })
    const {outcome: seen} = await withGrowingLimit(
      both,
      ({own, checked}) =>
        [...own.result.rungs, ...checked.result.rungs].some(({code}) => code === 'VN-NFS-TIMEOUT') ||
        // A call that the server has not read yet hangs as well as one that it leaves unanswered.
        (scene.hangs === true && [own, checked].some(({calls}) => calls.length === 0)),
      {firstMs: scene.hangs === true ? 50 : 5000},
    )
    const {checked} = seen
    const {result: ours, calls} = seen.own
    const {rungs, report, exitCode, stderr} = checked.result
    expect(stderr).toBe('')
    expect(rungs.filter(({id}) => !KERNEL.includes(id)).map(outcome)).toEqual(ours.rungs.map(outcome))
    expect(report).toMatchObject({passed: ours.passed, privilegedPort: ours.privilegedPort, readOnly: false})
    expect(report?.rungs).toEqual(rungs)
    expect(exitCode).toBe(ours.passed ? 0 : 5)
    expect(checked.calls).toEqual(calls)
  })
})

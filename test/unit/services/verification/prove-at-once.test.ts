import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {rm} from 'node:fs/promises'
import path from 'node:path'

import {VicnfsError} from '../../../../src/model/vicnfs-error.js'
import type {Check} from '../../../../src/services/verification/evidence.js'
import {verifyStore} from '../../../../src/services/verify-store.js'
import {fakeWorld} from '../../../helpers/fake-world.js'
import {sharedFolderVch, type SharedFolderOptions} from '../../../helpers/shared-folder-vch.js'
import {makeTempDirectory} from '../../../helpers/temp-directory.js'

let directory: string

beforeEach(async () => {
  directory = await makeTempDirectory()
})
afterEach(() => rm(directory, {recursive: true}))

function bench({tamper = (script: string) => script, ...options}: SharedFolderOptions = {}, {blocks = 1} = {}) {
  const world = fakeWorld(path.join(directory, 'state'))
  world.stores.push('nfs://10.9.0.2/exports/data?uid=0&gid=0:nfs')
  const smaller = (script: string): string => script.replace('count=256', `count=${blocks}`)
  const vch = sharedFolderVch(directory, {...options, tamper: (script, name) => tamper(smaller(script), name)})
  Object.assign(world.adapters.consumer, vch.api)
  // Shells that work for this, however busy the machine is.
  const limits = {...world.adapters.limits, readyTimeoutMs: 60_000}
  Object.assign(world.adapters, {canAskVicMachine: false, limits})
  const prove = (signal?: AbortSignal) =>
    verifyStore({label: 'nfs', image: 'image:1', requireNonRoot: false}, world.adapters, {
      ...(signal === undefined ? {} : {signal}),
    })
  const left = () => [...vch.containers.keys(), ...vch.volumes]
  return {prove, left, vch}
}

const outcomes = (evidence: readonly Check[]) => Object.fromEntries(evidence.map(({id, outcome}) => [id, outcome]))
/** Of all checks, had they all been proven. */
const ALL = {
  ...{volume: 'proven', 'a-to-b': 'proven', 'b-to-a': 'proven', 'at-once': 'proven', 'own-files-at-once': 'proven'},
  ...{'append-at-once': 'not-proven', 'append-by-turns': 'proven', checksum: 'proven', owner: 'proven'},
  ...{'non-root': 'proven', mount: 'proven', 'clean-up': 'proven'},
}

describe('a proof where containers see an NFS mount', () => {
  it('lets both have the volume at once, and keeps the evidence of each check', async () => {
    const {prove, left} = bench({}, {blocks: 256})
    const proof = await prove()
    expect(outcomes(proof.evidence)).toEqual(ALL)
    expect([proof.bRead, proof.aRead, proof.fileSystem, proof.nonRoot]).toEqual([
      ...[proof.aWrote, proof.bWrote, 'nfs', 'can write'],
    ])
    const detailOf = (id: string) => proof.evidence.find((each) => each.id === id)?.detail
    expect(detailOf('append-by-turns')).toBe('the file has a1 b1 a2 b2')
    expect(detailOf('own-files-at-once')).toBe('of 50 lines each, B read 50 of A and A read 50 of B')
    expect(detailOf('append-at-once')).toMatch(/^\d+ of 100 lines were kept this time; NFS has no append that is safe/)
    expect(detailOf('checksum')).toMatch(/^sha256 [0-9a-f]{64}$/)
    expect(detailOf('mount')).toMatch(/^10\.9\.0\.2:\/exports\/data\/volumes\/v type nfs \(rw,noatime,vers=3,/)
    expect(proof.evidence.every(({durationMs}) => Number.isInteger(durationMs))).toBe(true)
    expect(left()).toEqual([])
  })

  it('starts each container once', async () => {
    const starts: string[] = []
    const {prove} = bench({refuseStart: (name) => void starts.push(name.slice(-1))})
    await prove()
    expect(starts.sort()).toEqual(['a', 'b', 'n'])
  })
})

describe('a proof where containers see no mount', () => {
  it('calls nothing proven that only two at once can show', async () => {
    const {prove, left} = bench({mount: {type: '', options: ''}})
    const {evidence, findings} = await prove()
    const unproven = {'at-once': 'not-proven', 'own-files-at-once': 'not-proven', mount: 'not-proven'}
    expect(outcomes(evidence)).toEqual({...ALL, ...unproven})
    expect(evidence.find(({id}) => id === 'append-by-turns')?.detail).toBe('the file has a1 b1 a2')
    expect(findings.filter((finding) => finding.startsWith('Not proven here'))).toHaveLength(2)
    expect(left()).toEqual([])
  })
})

const inB = (from: string, to: string) => (script: string, name: string) =>
  name.endsWith('-b') ? script.replace(from, to) : script
const inA = (from: string, to: string) => (script: string, name: string) =>
  name.endsWith('-a') ? script.replace(from, to) : script

describe('a proof fails, and leaves nothing', () => {
  it.each<[string, SharedFolderOptions, RegExp]>([
    ['B reads other data', {tamper: inB('sum_of data\n', 'echo x >> data; sum_of data\n')}, /16 MiB.* A wrote sha256/],
    ['B reads nothing', {tamper: inB('$(cat from-a)', '')}, /what container A writes, container B reads/],
    ['A reads something else', {tamper: inA('$(cat from-b)', 'other')}, /what container B writes, container A reads/],
    [
      'a line of B is lost',
      {
        tamper: inB(
          `printf '%s %s\\n' "$1" "$i" >> "lines-$1"`,
          `[ "$i" = 7 ] || printf '%s %s\\n' "$1" "$i" >> "lines-$1"`,
        ),
      },
      /each to a file of its own.* A read 49 of B/,
    ],
    ['a turn is overwritten', {tamper: inA('echo a2 >> turns', 'echo a2 > turns')}, /by turns.* the file has a2 b2/],
    ['the mount gives up', {mount: {type: 'nfs', options: 'rw,vers=3,soft,nolock'}}, /mounted as VIC.* without hard/],
    ['B ends early', {tamper: inB('set -e', 'echo broken; exit 9')}, /-b" ended with exit code 9\. It said: broken/],
    [
      'B never answers',
      {tamper: (script, name) => inB('echo b1 >> turns', ':')(script, name).replace('+ VICNFS_SECONDS', '+ 1')},
      /waited in vain.* It never read "(b1|a2)"/,
    ],
    [
      'B cannot be started',
      {refuseStart: (name) => (name.endsWith('-b') ? new VicnfsError('VN-VCH-START-FAILED', 'No.') : undefined)},
      /Two containers could not share data .* No\./,
    ],
  ])('%s', async (_what, options, says) => {
    const {prove, left} = bench(options)
    const failure = await prove().catch((error: unknown) => error as VicnfsError)
    if (!(failure instanceof VicnfsError)) throw new Error('it was proven')
    expect([failure.code, failure.exitCode]).toEqual(['VN-VERIFY-FAILED', 5])
    expect(`${failure.message} ${failure.reason}`).toMatch(says)
    expect(left()).toEqual([])
  })

  it('keeps the evidence up to there', async () => {
    const failure = await bench({tamper: inA('$(cat from-b)', 'other')})
      .prove()
      .catch((error: unknown) => error as VicnfsError)
    if (!(failure instanceof VicnfsError)) throw new Error('it was proven')
    const {evidence} = failure.details as {evidence: readonly Check[]}
    expect(outcomes(evidence)).toMatchObject({'a-to-b': 'proven', 'b-to-a': 'failed', checksum: 'proven'})
  })

  it.each<[string, SharedFolderOptions]>([
    ['its kernel mounts a disk', {mount: {type: 'ext4', options: 'rw'}}],
    [
      'its volume is taken by the first container',
      {refuseStart: (name) => (name.endsWith('-n') ? new VicnfsError('VN-VCH-VOLUME-BUSY', 'Taken.') : undefined)},
    ],
  ])('on a store that is no share: %s', async (_what, options) => {
    const {prove, left} = bench(options)
    await expect(prove()).rejects.toMatchObject({code: 'VN-VERIFY-NOT-SHARED', exitCode: 2})
    expect(left()).toEqual([])
  })

  it('is interrupted while A waits', async () => {
    const stop = new AbortController()
    const refuseStart = (name: string) => (name.endsWith('-b') ? void stop.abort('SIGINT') : undefined)
    const {prove, left} = bench({refuseStart})
    await expect(prove(stop.signal)).rejects.toMatchObject({code: 'VN-INTERRUPTED'})
    expect(left()).toEqual([])
  })
})

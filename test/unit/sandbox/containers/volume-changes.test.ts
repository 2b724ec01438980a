import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import os from 'node:os'
import {execFileSync} from 'node:child_process'
import path from 'node:path'
import {volumeChanges} from '../../../../src/sandbox/containers/volume-changes.js'
import {
  readManifest,
  scanAgain,
  scanDirectory,
  writeManifest,
  type Manifest,
} from '../../../../src/sandbox/containers/volume-manifest.js'

describe('changes of a private copy', () => {
  let root: string
  let before: Manifest
  const at = (name: string): string => path.join(root, name)
  beforeEach(() => {
    root = mkdtempSync(path.join(os.tmpdir(), 'copy-'))
    mkdirSync(at('d/e'), {recursive: true})
    writeFileSync(at('a'), 'a')
    writeFileSync(at('b'), 'b')
    writeFileSync(at('d/e/f'), 'f')
    symlinkSync('a', at('l'))
    before = scanDirectory(root)
  })
  afterEach(() => rmSync(root, {recursive: true}))

  /** Kind and place of each change, in the order in which they are made. */
  const changes = (): string[] => {
    const owner = {uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0}
    const {structure, removals, contents, attributes} = volumeChanges(before, scanAgain(root, before), owner)
    return [
      ...structure.map((one) =>
        one.kind === 'rename' ? `rename ${one.from} ${one.place}` : `${one.kind} ${one.place}`,
      ),
      ...removals.map(([place]) => `remove ${place}`),
      ...contents.map((one) => (one.kind === 'link' ? `link ${one.from} ${one.place}` : `${one.kind} ${one.place}`)),
      ...attributes.map((one) => {
        const names = one.kind === 'setattr' ? Object.entries(one.attributes) : []
        return `${one.place} ${names.map(([name, value]) => (value === 'server' ? `${name} now` : name)).join()}`
      }),
    ]
  }

  it.each<[string, () => void, string[]]>([
    ['nothing', () => undefined, []],
    ['a new file', () => writeFileSync(at('n'), ''), ['create n']],
    ['a changed file', () => writeFileSync(at('a'), 'longer'), ['write a']],
    ['a mode', () => chmodSync(at('a'), 0o755), ['a mode']],
    [
      'a file closed to its owner',
      () => {
        writeFileSync(at('a'), 'x')
        chmodSync(at('a'), 0)
      },
      ['write a', 'a mode'],
    ],
    ['a time', () => utimesSync(at('a'), 1, 1_000_000), ['a mtime']],
    ['a time of now', () => utimesSync(at('a'), new Date(), new Date()), ['a mtime now']],
    ['a hard link', () => linkSync(at('a'), at('n')), ['link a n']],
    [
      'a hard link over a file',
      () => {
        unlinkSync(at('b'))
        linkSync(at('a'), at('b'))
      },
      ['remove b', 'link a b'],
    ],
    [
      'a new file with an old time, and a second name',
      () => {
        writeFileSync(at('n'), 'n')
        utimesSync(at('n'), 1, 1)
        linkSync(at('n'), at('o'))
      },
      ['create n', 'link n o', 'o mtime', 'n mtime'],
    ],
    ['a pipe', () => execFileSync('mkfifo', [at('p')]), ['special p']],
    ['a closed new folder', () => mkdirSync(at('n'), {mode: 0o500}), ['mkdir n', 'n mode']],
    [
      'a new folder with a file',
      () => {
        mkdirSync(at('n'))
        writeFileSync(at('n/f'), '')
      },
      ['mkdir n', 'create n/f'],
    ],
    ['a removed tree', () => rmSync(at('d'), {recursive: true}), ['remove d/e/f', 'remove d/e', 'remove d']],
    ['a renamed folder, whose content comes along', () => renameSync(at('d'), at('x')), ['rename d x']],
    [
      'a link to elsewhere',
      () => {
        unlinkSync(at('l'))
        symlinkSync('b', at('l'))
      },
      ['remove l', 'symlink l'],
    ],
    [
      'a file that became a folder',
      () => {
        unlinkSync(at('a'))
        mkdirSync(at('a'))
      },
      ['remove a', 'mkdir a'],
    ],
    [
      'a replaced file',
      () => {
        writeFileSync(at('t'), 'new')
        renameSync(at('t'), at('a'))
      },
      ['write a'],
    ],
  ])('%s', (_what, change, expected) => {
    change()
    expect(changes()).toEqual(expected)
  })

  it('takes a moved file for a rename, also onto another one and into a new folder', () => {
    renameSync(at('a'), at('b'))
    mkdirSync(at('n'))
    renameSync(at('d/e/f'), at('n/g'))
    expect(changes().slice(0, 3)).toEqual(['rename a b', 'mkdir n', 'rename d/e/f n/g'])
    expect(changes().some((one) => one.startsWith('remove'))).toBe(false)
  })

  it('survives being written down', () => {
    const file = path.join(root, '..', `${path.basename(root)}.json`)
    writeManifest(file, {entries: before, untouched: new Set(['secret'])})
    expect(readManifest(file)).toEqual({entries: before, untouched: new Set(['secret'])})
    rmSync(file)
  })
})

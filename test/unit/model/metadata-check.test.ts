import {describe, expect, it} from '@jest/globals'
import {
  metadataFor,
  metadataProblems,
  type MetadataEntry,
  type StoreFolders,
} from '../../../src/model/metadata-check.js'

const folder = (name: string) => ({name, isDirectory: true})
const entry = (name: string, files: Record<string, string | undefined> = {DockerMetaData: '{}'}): MetadataEntry => ({
  name,
  files: Object.entries(files).map(([file, content]) => ({name: file, content})),
})
const problems = (volumes: StoreFolders['volumes'], metadata: readonly MetadataEntry[]) =>
  metadataProblems({volumes, metadata}).map(({effect, path, repair}) => ({effect, path, repair}))

describe('the folders of a store', () => {
  it('are fine with metadata of every volume, whatever other files there are', () => {
    const full = metadataFor('a', 'nfs-store')
    expect(JSON.parse(full)).toMatchObject({Driver: 'vsphere', Name: 'a', DriverOpts: {VolumeStore: 'nfs-store'}})
    const metadata = [entry('a', {DockerMetaData: full, other: 'no JSON'}), entry('b', {DockerMetaData: 'null'})]
    expect(problems([folder('a'), folder('b')], metadata)).toEqual([])
    expect(problems([], [])).toEqual([])
  })

  it('hide every volume for one whose metadata cannot be read', () => {
    const file = 'volumes_metadata/a/DockerMetaData'
    expect(problems([folder('a')], [])).toEqual([{effect: 'hides-store', path: 'volumes/a', repair: {write: file}}])
    expect(problems([folder('a')], [{name: 'a', files: undefined}])).toEqual([
      {effect: 'hides-store', path: 'volumes_metadata/a', repair: {move: 'volumes_metadata/a', write: file}},
    ])
    const stray = 'volumes_metadata/a/stray'
    expect(problems([folder('a')], [entry('a', {DockerMetaData: '{}', stray: undefined})])).toEqual([
      {effect: 'hides-store', path: stray, repair: {move: stray}},
    ])
    expect(problems([folder('a')], [entry('a', {DockerMetaData: undefined})])).toEqual([
      {effect: 'hides-store', path: file, repair: {move: file, write: file}},
    ])
  })

  it('hide every volume for a file among them, which is moved aside, since it is no volume', () => {
    const volumes = [{name: 'notes.txt', isDirectory: false}]
    const expected = {effect: 'hides-store', path: 'volumes/notes.txt', repair: {move: 'volumes/notes.txt'}}
    expect(problems(volumes, [])).toEqual([expected])
  })

  it.each([
    ['', 'is empty'],
    ['{"Driver"', 'is no complete JSON document'],
    ['[]', 'is no JSON object'],
    ['"text"', 'is no JSON object'],
    ['{"Driver":1}', 'has a field of another kind than VIC writes'],
    ['{"Labels":["a"]}', 'has a field of another kind than VIC writes'],
    ['{"Labels":{"a":1}}', 'has a field of another kind than VIC writes'],
    ['{"AttachHistory":"x"}', 'has a field of another kind than VIC writes'],
  ])('break the whole list with the metadata %j', (content, what) => {
    const found = metadataProblems({volumes: [folder('a')], metadata: [entry('a', {DockerMetaData: content})]})
    const file = 'volumes_metadata/a/DockerMetaData'
    expect(found).toEqual([{effect: 'breaks-list', path: file, what, volume: 'a', repair: {move: file, write: file}}])
  })

  it('break the whole list without the file of Docker', () => {
    expect(problems([folder('a')], [entry('a', {})])).toEqual([
      {effect: 'breaks-list', path: 'volumes_metadata/a', repair: {write: 'volumes_metadata/a/DockerMetaData'}},
    ])
  })

  it('tell metadata that was left behind, which hides nothing', () => {
    expect(problems([folder('a')], [entry('a'), entry('gone')])).toEqual([
      {effect: 'leftover', path: 'volumes_metadata/gone', repair: {move: 'volumes_metadata/gone'}},
    ])
  })
})

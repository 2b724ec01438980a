/** The two folders of every NFS volume store, and the file that a volume of Docker has in the second. */
export const VOLUMES_FOLDER = 'volumes'
export const METADATA_FOLDER = 'volumes_metadata'
export const METADATA_FILE = 'DockerMetaData'

/** One file of the metadata of a volume; `content` is undefined where it cannot be read, as with a folder. */
export interface MetadataFile {
  readonly name: string
  readonly content: string | undefined
}

/** An entry of `volumes_metadata`: its files, or undefined where they cannot be listed, as with a file. */
export interface MetadataEntry {
  readonly name: string
  readonly files: readonly MetadataFile[] | undefined
}

/** What a booting VCH finds in a store. */
export interface StoreFolders {
  /** Entries of `volumes`, files among them. */
  readonly volumes: readonly {readonly name: string; readonly isDirectory: boolean}[]
  readonly metadata: readonly MetadataEntry[]
}

/**
 * - hides-store: from the next boot on no volume of the store is shown, and no error either
 * - breaks-list: from the next boot on `docker volume ls` of the whole VCH fails
 * - leftover: a volume of this name can never be made
 */
export type MetadataEffect = 'hides-store' | 'breaks-list' | 'leftover'

export interface MetadataProblem {
  readonly effect: MetadataEffect
  /** The entry that is to blame, relative to the store: `volumes/x`. */
  readonly path: string
  /** What is wrong with it, as the end of a sentence about it. */
  readonly what: string
  readonly volume: string
  readonly repair: MetadataRepair
}

/** What makes it good, with nothing lost: an entry moved out of the two folders, then metadata written; at least one. */
export interface MetadataRepair {
  readonly move?: string
  readonly write?: string
}

const isTexts = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  (typeof value === 'object' && Object.values(value).every((each) => typeof each === 'string'))

/** Whether Go's decoder takes it as the metadata of a volume (facts/vch-docker-api.md § 2.2); `null` is taken. */
function whyNotMetadata(content: string): string | undefined {
  let value: unknown
  try {
    value = JSON.parse(content)
  } catch {
    return content.trim() === '' ? 'is empty' : 'is no complete JSON document'
  }
  if (value === null) return undefined
  if (typeof value !== 'object' || Array.isArray(value)) return 'is no JSON object'
  const {Driver, Name, Image, DriverOpts, Labels, AttachHistory} = value as Record<string, unknown>
  const texts = [Driver, Name, Image].every((each) => each === undefined || each === null || typeof each === 'string')
  const maps = [DriverOpts, Labels].every((each) => isTexts(each) && !Array.isArray(each))
  const history = AttachHistory === undefined || AttachHistory === null || Array.isArray(AttachHistory)
  return texts && maps && history && isTexts(AttachHistory) ? undefined : 'has a field of another kind than VIC writes'
}

function problemOf(
  {name: volume, isDirectory}: StoreFolders['volumes'][number],
  entry: MetadataEntry | undefined,
): MetadataProblem | undefined {
  const folder = `${METADATA_FOLDER}/${volume}`
  const write = `${folder}/${METADATA_FILE}`
  const found = (effect: MetadataEffect, [path, what]: [string, string], repair: MetadataRepair): MetadataProblem => {
    // A file is no volume, whatever metadata it has.
    return {effect, path, what, volume, repair: isDirectory ? repair : {move: `${VOLUMES_FOLDER}/${volume}`}}
  }
  if (entry === undefined) return found('hides-store', [`${VOLUMES_FOLDER}/${volume}`, `has no ${folder}`], {write})
  const {files} = entry
  if (files === undefined) {
    return found('hides-store', [folder, 'is no folder that can be listed'], {move: folder, write})
  }
  const unreadable = files.find(({content}) => content === undefined)
  if (unreadable !== undefined) {
    const move = `${folder}/${unreadable.name}`
    return found('hides-store', [move, 'is no file that can be read'], move === write ? {move, write} : {move})
  }
  const file = files.find(({name}) => name === METADATA_FILE)
  if (file === undefined) return found('breaks-list', [folder, `holds no file ${METADATA_FILE}`], {write})
  const wrong = whyNotMetadata(file.content ?? '')
  return wrong === undefined ? undefined : found('breaks-list', [write, wrong], {move: write, write})
}

/**
 * What a VCH that boots on these folders would stumble over. The port layer reads every file of `volumes_metadata/X` for
 * each entry X of `volumes`; the first that it cannot read empties its list without an error (vmware/vic
 * lib/portlayer/storage/volume/nfs/store.go, VolumesList). The personality then decodes `DockerMetaData` of each volume
 * that is left; one that it cannot decode fails the whole list (lib/apiservers/engine/backends/volume.go, Volumes).
 */
export function metadataProblems({volumes, metadata}: StoreFolders): MetadataProblem[] {
  const entries = new Map(metadata.map((entry) => [entry.name, entry]))
  const found = volumes
    .map((volume) => problemOf(volume, entries.get(volume.name)))
    .filter((each) => each !== undefined)
  const names = new Set(volumes.map(({name}) => name))
  const leftovers = metadata
    .filter(({name}) => !names.has(name))
    .map(({name}): MetadataProblem => {
      const path = `${METADATA_FOLDER}/${name}`
      const what = `has no ${VOLUMES_FOLDER}/${name}`
      return {effect: 'leftover', path, what, volume: name, repair: {move: path}}
    })
  return [...found, ...leftovers]
}

/** The metadata that makes a volume of a folder that lost it. */
export function metadataFor(volume: string, store: string): string {
  return JSON.stringify({
    Driver: 'vsphere',
    DriverOpts: {VolumeStore: store},
    Name: volume,
    Labels: {},
    AttachHistory: [''],
    Image: '',
  })
}

import {checkDirectoryName} from '../../model/directory-name.js'
import {checkStoreLabel} from '../../model/volume-store.js'
import type {Inspection} from '../inspection.js'
import {quoted, type Path} from '../problem.js'
import type {LooseRunbook} from '../schema.js'
import type {InspectedShare} from './check-shares.js'

type LooseShare = NonNullable<NonNullable<LooseRunbook['shares']>[string]>
type LooseStore = NonNullable<LooseShare['store']>

interface StorePlace {
  readonly path: readonly string[]
  readonly store: LooseStore
}

/** Rules for the stores: one folder for one VCH, one label for one store of a VCH (DESIGN § 3.8). */
export function checkStores(inspection: Inspection, shares: readonly InspectedShare[]): void {
  const labels = new Map<string, Path>()
  for (const {key} of shares) {
    const share = inspection.loose.shares?.[key] ?? {}
    checkForm(inspection, key, share)
    const consumers = new Map<string, string>()
    for (const place of placesOf(key, share)) {
      checkLabel(inspection, place, labels)
      checkConsumer(inspection, place, consumers)
    }
  }
}

function placesOf(key: string, share: LooseShare): StorePlace[] {
  const path = ['shares', key]
  const directories = Object.entries(share.directories ?? {}).map(([name, store]) => ({
    path: [...path, 'directories', name],
    store: store ?? {},
  }))
  return share.store === undefined ? directories : [{path: [...path, 'store'], store: share.store}, ...directories]
}

function checkForm(inspection: Inspection, key: string, share: LooseShare): void {
  const path = ['shares', key]
  if (inspection.has([...path, 'store']) && inspection.has([...path, 'directories'])) {
    const fix = 'Keep one of the two: the whole share for one VCH, or a directory for each.'
    inspection.reportKey([...path, 'directories'], 'store and directories exclude each other', fix)
  }
  if (share.directories === undefined) return
  const names = inspection.keysAt([...path, 'directories'])
  if (names.length === 0) {
    const fix = 'Name one for each consumer VCH, or leave the key out.'
    inspection.report([...path, 'directories'], 'there is no directory here', fix)
  }
  for (const name of names) checkDirectory(inspection, [...path, 'directories', name], name)
}

function checkDirectory(inspection: Inspection, path: readonly string[], name: string): void {
  try {
    checkDirectoryName(name)
  } catch {
    const fix = 'Use letters, digits, "_", "." and "-", with a letter or digit first, but not what VIC makes itself.'
    inspection.reportKey(path, `${quoted(name)} cannot be the directory of a consumer VCH`, fix)
  }
}

function checkLabel(inspection: Inspection, {path, store}: StorePlace, labels: Map<string, Path>): void {
  const {label, vch} = store
  const place = [...path, 'label']
  if (label === undefined) return
  const fix = 'It begins with a letter or digit, as in team-data.'
  const isGood = inspection.passes(place, {what: 'a label', fix, check: () => checkStoreLabel(label)})
  if (!isGood || vch === undefined) return
  const id = JSON.stringify([vch, label])
  const first = labels.get(id)
  if (first === undefined) labels.set(id, path)
  else {
    const message = `the label ${inspection.shown(place)} is used by the share ${quoted(String(first[1]))} already, for the same VCH`
    inspection.report(place, message, 'Each store of a VCH needs a label of its own.')
  }
}

function checkConsumer(inspection: Inspection, {path, store}: StorePlace, consumers: Map<string, string>): void {
  const place = [...path, 'vch']
  const name = inspection.vchName(place, store.vch)
  if (name === undefined) return
  const first = consumers.get(name)
  if (first !== undefined) {
    const message = `the VCH ${inspection.shown(place)} has the directory ${quoted(first)} of this share already`
    inspection.report(
      place,
      message,
      'Give a VCH one folder of a share, and a second share if it needs a second store.',
    )
  }
  // That a share has both forms is reported by itself.
  if (path[2] === 'directories') consumers.set(name, path.at(-1) ?? '')
  if (inspection.has(['vchs', name, 'vic-machine'])) return
  const message = `stores of ${quoted(name)} cannot be registered without vic-machine`
  inspection.report(place, message, `Add vic-machine: under vchs.${name}, with path, target, user and vch-id.`)
}

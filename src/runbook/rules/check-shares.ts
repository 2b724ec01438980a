import {checkExportFolder, checkPort, checkVolumeName, isOwnerSquashed} from '../../model/check-share-request.js'
import {parseCidr, parseIpv4} from '../../model/cidr.js'
import {parseImageReference} from '../../model/image-reference.js'
import {serverPorts} from '../../model/share.js'
import {shareRequest} from '../../model/share-request.js'
import {parseCapacityMb} from '../../model/size.js'
import {HIGHEST_ID, nfsStore} from '../../model/volume-store.js'
import type {Inspection} from '../inspection.js'
import {isSaid, mergeDefaults, placeOfKey, RIVALS} from '../merged-share.js'
import type {Path} from '../problem.js'
import type {LooseRunbook} from '../schema.js'
import {wishOf} from '../share-wish.js'
import {checkName} from './check-vchs.js'

type LooseShare = ReturnType<typeof mergeDefaults>

/** A share as the rules see it. */
export interface InspectedShare {
  readonly key: string
  readonly merged: LooseShare
  readonly volume: string
  /** Where one of its keys stands: with the share or in the defaults. */
  readonly where: (key: string) => Path
}

/** The shares with their defaults. */
export function inspectedShares(inspection: Inspection): InspectedShare[] {
  const {shares = {}, defaults} = inspection.loose
  return Object.entries(shares).map(([key, share]) => {
    const merged = mergeDefaults(share ?? {}, defaults)
    const where = (name: string): Path => placeOfKey(key, name, (path) => inspection.has(path))
    return {key, merged, volume: merged.volume ?? key, where}
  })
}

/** Rules for each share by itself. */
export function checkShares(inspection: Inspection, shares: readonly InspectedShare[]): void {
  const {loose} = inspection
  const isEmpty = inspection.has(['shares']) && loose.shares !== undefined && inspection.keysAt(['shares']).length === 0
  // The operator's own steps alone are a runbook, too: a move, a drill.
  if (isEmpty && !inspection.has(['steps'])) {
    inspection.report(['shares'], 'there is no share here', 'Describe at least one.')
  }
  refuseRivals(inspection, ['defaults'], loose.defaults)
  for (const share of shares) {
    checkName(inspection, ['shares', share.key], share.key)
    refuseRivals(inspection, ['shares', share.key], loose.shares?.[share.key])
    checkServerVch(inspection, share)
    checkVolume(inspection, share)
    checkContainer(inspection, share)
    checkPorts(inspection, share)
    checkClients(inspection, share)
    checkOwner(inspection, share)
  }
}

/** Of a share or of the defaults: two keys that contradict each other in one place. */
function refuseRivals(inspection: Inspection, path: readonly string[], block: LooseRunbook['defaults']): void {
  for (const [some, others] of RIVALS) {
    const [one] = some.filter((key) => isSaid(block?.[key as keyof typeof block]))
    for (const other of others.filter((key) => isSaid(block?.[key as keyof typeof block]))) {
      if (one === undefined) continue
      const fix =
        one === 'scratch'
          ? 'Scratch space is no volume: keep one of the two.'
          : 'What export-opts says is taken to the letter: keep one of the two.'
      inspection.reportKey([...path, other], `${other} and ${one} exclude each other`, fix)
    }
  }
}

function checkServerVch(inspection: Inspection, {key, merged, where}: InspectedShare): void {
  if (inspection.has(where('vch'))) inspection.vchName(where('vch'), merged.vch)
  else inspection.reportKey(['shares', key], '"vch" is missing', 'Add vch: with the VCH that serves it.')
}

function checkVolume(inspection: Inspection, {merged, volume, where}: InspectedShare): void {
  if (merged.volume !== undefined) {
    const fix = 'Use letters, digits, "_", "." and "-", with a letter or digit first.'
    inspection.passes(where('volume'), {what: 'the name of a volume', fix, check: () => checkVolumeName(volume)})
  }
  const capacity = typeof merged.create === 'object' ? merged.create.capacity : undefined
  if (capacity === undefined) return
  inspection.passes([...where('create'), 'capacity'], {
    what: 'a capacity',
    fix: 'Write 512MB, 5GB, 1TB, or a plain number of megabytes.',
    check: () => parseCapacityMb(String(capacity)),
  })
}

function checkContainer(inspection: Inspection, {merged, where}: InspectedShare): void {
  const {image, ip, 'export-folder': folder} = merged
  if (image !== undefined) {
    const fix = 'Write it as for docker run: registry.example.com/nfs-server:0.1'
    const named = image.replace(/@sha256:[0-9a-f]{64}$/, '')
    inspection.passes(where('image'), {what: 'the name of an image', fix, check: () => parseImageReference(named)})
  }
  if (ip !== undefined && parseIpv4(ip) === undefined) {
    inspection.report(where('ip'), `${inspection.shown(where('ip'))} is no IPv4 address`, 'Write one, as in 10.0.0.9.')
  }
  if (folder === undefined) return
  const fix = 'Write an absolute folder below /, as in /exports/data.'
  const check = (): void => {
    checkExportFolder(folder, {name: 'a'})
    nfsStore({label: 'a', host: 'a', path: folder, uid: 0, gid: 0})
  }
  inspection.passes(where('export-folder'), {what: 'exported', fix, check})
}

function checkPorts(inspection: Inspection, {merged, where}: InspectedShare): void {
  const keys = (['mountd-port', 'lockd-port'] as const).filter((key) => merged[key] !== undefined)
  const fix = 'Write a port from 1 to 65535 that is none of the others; 111 and 2049 are taken.'
  const good = keys.map((key) =>
    inspection.passes(where(key), {what: 'a TCP port', fix, check: () => checkPort(merged[key] ?? 0)}),
  )
  const ports = serverPorts(shareRequest({name: 'a', scratch: false}, wishOf(merged)))
  const last = keys.at(-1)
  if (last === undefined || good.includes(false) || new Set(ports).size === ports.length) return
  inspection.report(where(last), 'the four ports of the server container are not all different', fix)
}

function checkClients(inspection: Inspection, {merged, where}: InspectedShare): void {
  for (const [index, client] of (merged.allow ?? []).entries()) {
    // A client whose variable is not set.
    if ((client as string | undefined) === undefined) continue
    const path = [...where('allow'), index]
    const isPlain = /^[\w.:*?[\]-]+(?:\/[\d.]+)?$/.test(client)
    const isCidr = !/^[\d.]+\/\d+$/.test(client) || passesCidr(client)
    const isAddress = !/^[\d.]+$/.test(client) || parseIpv4(client) !== undefined
    if (isPlain && isCidr && isAddress) continue
    const message = `${inspection.shown(path)} is neither an address nor a network`
    inspection.report(path, message, 'Write 10.0.0.7 or 10.0.0.0/8.')
  }
}

function passesCidr(text: string): boolean {
  try {
    parseCidr(text)
    return true
  } catch {
    return false
  }
}

function checkOwner(inspection: Inspection, {merged, where}: InspectedShare): void {
  const good = (['uid', 'gid'] as const).map((key) => {
    const id = merged[key]
    if (id === undefined || (id >= 0 && id <= HIGHEST_ID)) return true
    const fix = `Write a whole number from 0 to ${HIGHEST_ID}.`
    inspection.report(where(key), `${inspection.shown(where(key))} cannot be a ${key}`, fix)
    return false
  })
  if (good.includes(false)) return
  // An owner that could not be read is not the default one.
  if (inspection.has(where('uid')) && merged.uid === undefined) return
  if (!isOwnerSquashed(shareRequest({name: 'a', scratch: false}, wishOf(merged)))) return
  const key = merged['export-opts'] === undefined ? 'squash' : 'export-opts'
  const message = `uid 0 and ${inspection.shown(where(key))} contradict each other: the VCH would come as root and be turned into nobody`
  inspection.report(
    where(key),
    message,
    'Add uid: 1000 and gid: 1000, the owner of the export, or keep no_root_squash.',
  )
}

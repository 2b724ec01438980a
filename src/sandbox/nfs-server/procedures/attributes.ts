import {MAY_EXECUTE, MAY_READ, MAY_WRITE, isGranted} from '../caller.js'
import {changeAttributes} from '../change-attributes.js'
import {demandWritableExport, type FileNode, type Request} from '../file-node.js'
import {attributesNow, attributesOf, wccAttributesOf, wccOf} from '../node-attributes.js'
import {NfsFault} from '../nfs-fault.js'
import {resolveHandle} from '../resolve-handle.js'
import {settle} from '../settle.js'
import type {Serve} from './procedure-types.js'

export const getattr: Serve<'getattr'> = ({handle}, request) => ({
  attributes: attributesOf(request.served, resolveHandle(request, handle)),
})

export const setattr: Serve<'setattr'> = async ({handle, attributes, guardCtime}, request) => {
  const node = resolveHandle(request, handle)
  demandWritableExport(request)
  const {ctime} = wccAttributesOf(node)
  const isGuarded = guardCtime !== undefined
  if (isGuarded && (guardCtime.seconds !== ctime.seconds || guardCtime.nanoseconds !== ctime.nanoseconds))
    throw new NfsFault('NOT_SYNC')
  const fd = changeAttributes(request, node, attributes)
  await settle(request, [fd ?? node.directoryFd])
  return {wcc: wccOf(request.served, node)}
}

/** Bits of ACCESS (RFC 1813 § 3.3.4) with the permission each one needs, as nfsd maps them. */
const FILE_BITS: readonly (readonly [bit: number, wanted: number])[] = [
  [0x01, MAY_READ],
  [0x04, MAY_WRITE],
  [0x08, MAY_WRITE],
  [0x20, MAY_EXECUTE],
]
const DIRECTORY_BITS: readonly (readonly [bit: number, wanted: number])[] = [
  [0x01, MAY_READ],
  [0x02, MAY_EXECUTE],
  [0x04, MAY_WRITE | MAY_EXECUTE],
  [0x08, MAY_WRITE | MAY_EXECUTE],
  [0x10, MAY_WRITE | MAY_EXECUTE],
]

function grantedBits({caller, rule}: Request, node: FileNode): number {
  const isDirectory = node.stats.isDirectory()
  let granted = 0
  for (const [bit, wanted] of isDirectory ? DIRECTORY_BITS : FILE_BITS) {
    if ((wanted & MAY_WRITE) !== 0 && rule.readOnly) continue
    if (isGranted(caller, node.owner, wanted, isDirectory)) granted |= bit
  }
  return granted
}

export const access: Serve<'access'> = ({handle, access: asked}, request) => {
  const node = resolveHandle(request, handle)
  return {attributes: attributesNow(request.served, node), access: asked & grantedBits(request, node)}
}

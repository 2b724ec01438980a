import {diskSpace} from '../disk-space.js'
import {attributesNow} from '../node-attributes.js'
import {resolveHandle} from '../resolve-handle.js'
import type {Serve} from './procedure-types.js'

/** Longest READ and WRITE, as the kernel's server has it; VIC's container VMs ask for 131072 (facts/vic-machine.md § 6.2). */
export const TRANSFER_LIMIT_BYTES = 1024 * 1024
const LISTING_BYTES = 4096

/** FSF3_LINK, FSF3_SYMLINK, FSF3_HOMOGENEOUS, FSF3_CANSETTIME (RFC 1813 § 3.3.19). */
const PROPERTIES = 0x1b

export const fsstat: Serve<'fsstat'> = async ({handle}, request) => {
  const node = resolveHandle(request, handle)
  const space = await diskSpace(node.directoryFd, request.served)
  const attributes = attributesNow(request.served, node)
  return {attributes, ...space, availableFiles: space.freeFiles, invarSeconds: 0}
}

export const fsinfo: Serve<'fsinfo'> = ({handle}, request) => ({
  attributes: attributesNow(request.served, resolveHandle(request, handle)),
  rtmax: TRANSFER_LIMIT_BYTES,
  rtpref: TRANSFER_LIMIT_BYTES,
  rtmult: 4096,
  wtmax: TRANSFER_LIMIT_BYTES,
  wtpref: TRANSFER_LIMIT_BYTES,
  wtmult: 4096,
  dtpref: LISTING_BYTES,
  maxFileSize: BigInt(Number.MAX_SAFE_INTEGER),
  // Node sets times as a float of seconds: finer than a microsecond is lost.
  timeDelta: {seconds: 0, nanoseconds: 1000},
  properties: PROPERTIES,
})

export const pathconf: Serve<'pathconf'> = ({handle}, request) => ({
  attributes: attributesNow(request.served, resolveHandle(request, handle)),
  linkMax: 65_000,
  nameMax: 255,
  noTrunc: true,
  chownRestricted: true,
  caseInsensitive: false,
  casePreserving: true,
})

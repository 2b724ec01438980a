import {readlinkSync} from 'node:fs'
import {textOf} from '../../../nfs/wire/byte-text.js'
import {MAY_EXECUTE} from '../caller.js'
import {checkName, childNode, demandAccess, demandDirectory, handleOf, pathOf} from '../file-node.js'
import {attributesNow, attributesOf} from '../node-attributes.js'
import {NfsFault} from '../nfs-fault.js'
import {parentOf, resolveHandle} from '../resolve-handle.js'
import type {Serve} from './procedure-types.js'

export const lookup: Serve<'lookup'> = ({dir, name}, request) => {
  const {served} = request
  const directory = demandDirectory(resolveHandle(request, dir))
  demandAccess(request, directory, MAY_EXECUTE)
  checkName(name)
  const found =
    name === '.' ? directory : name === '..' ? parentOf(request, directory) : childNode(request, directory, name)
  return {
    handle: handleOf(served, found),
    attributes: attributesOf(served, found),
    dirAttributes: attributesNow(served, directory),
  }
}

/** The link's text as it is: only the client follows links. */
export const readlink: Serve<'readlink'> = ({handle}, request) => {
  const node = resolveHandle(request, handle)
  if (!node.stats.isSymbolicLink()) throw new NfsFault('INVAL')
  return {
    attributes: attributesNow(request.served, node),
    target: textOf(readlinkSync(pathOf(node), {encoding: 'buffer'})),
  }
}

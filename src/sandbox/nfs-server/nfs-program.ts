import {decode, encode, type Codec} from '../../nfs/wire/codec.js'
import {NFS3, type Nfs3Name} from '../../nfs/wire/nfs3.js'
import {NFS, type RpcCall} from '../../nfs/wire/rpc-message.js'
import type {Admission} from './admission.js'
import {callerOf} from './caller.js'
import type {ExportRule} from './export-options.js'
import type {Request} from './file-node.js'
import {attributesOf} from './node-attributes.js'
import {NfsFault, statusOf} from './nfs-fault.js'
import {createDescriptorScope} from './open-directory.js'
import {access, getattr, setattr} from './procedures/attributes.js'
import {create, mkdir, symlink} from './procedures/create.js'
import {commit, read, write} from './procedures/data.js'
import {FAILURES, type Look} from './procedures/failures.js'
import {fsinfo, fsstat, pathconf} from './procedures/file-system.js'
import {readdir, readdirplus} from './procedures/list.js'
import {lookup, readlink} from './procedures/lookup.js'
import {mknod} from './procedures/mknod.js'
import type {ArgumentsFor, Serve} from './procedures/procedure-types.js'
import {link, remove, rename, rmdir} from './procedures/remove.js'
import {resolveHandle} from './resolve-handle.js'
import {AuthTooWeak, served as row, type Peer, type ProcedureHandler, type RpcProgram} from './rpc-program.js'
import type {ServedExport} from './served-export.js'

type Served = Exclude<Nfs3Name, 'null'>

const SERVE: {readonly [N in Served]: Serve<N>} = {
  ...{getattr, setattr, lookup, access, readlink, read, write, create, mkdir, symlink, mknod},
  ...{remove, rmdir, rename, link, readdir, readdirplus, fsstat, fsinfo, pathconf, commit},
}

function lookFor(request: Request): Look {
  return (handle) => {
    try {
      return attributesOf(request.served, resolveHandle(request, handle))
    } catch {
      return undefined
    }
  }
}

/**
 * Checked at every call, as the kernel's server does (nfsd_setuser_and_check_port).
 * @throws NfsFault ACCES for an address without a client entry, PERM for an unprivileged port of a `secure` one
 */
function demandRule(admission: Admission, peer: Peer): ExportRule {
  const verdict = admission.admit(peer)
  if ('rule' in verdict) return verdict.rule
  throw new NfsFault(verdict.refused === 'host' ? 'ACCES' : 'PERM')
}

async function serveCall<N extends Served>(
  name: N,
  args: ArgumentsFor<N>,
  open: () => Request,
): Promise<{ok: true; value: unknown} | {ok: false; status: number; failure: unknown}> {
  let request: Request | undefined
  try {
    request = open()
    return {ok: true, value: await SERVE[name](args, request)}
  } catch (error) {
    const look: Look = request === undefined ? () => undefined : lookFor(request)
    return {ok: false, status: statusOf(error), failure: FAILURES[name](args, look)}
  }
}

function handlerOf(name: Served, served: ServedExport, admission: Admission): ProcedureHandler {
  const codecs = NFS3[name]
  return async (call: RpcCall, peer: Peer) => {
    // The export is for `sec=sys`; only NULL goes without a credential.
    if (call.credential.flavor === 'none') throw new AuthTooWeak('AUTH_NONE')
    const args = decode(codecs.arguments as Codec<unknown>, call.body) as ArgumentsFor<Served>
    const scope = createDescriptorScope()
    const open = (): Request => {
      const rule = demandRule(admission, peer)
      return {served, rule, caller: callerOf(rule, call.credential), scope}
    }
    try {
      return encode(codecs.result as Codec<unknown>, await serveCall(name, args, open))
    } finally {
      scope.closeAll()
    }
  }
}

/** NFS version 3 (RFC 1813 § 3) over the one export. */
export function createNfsProgram(served: ServedExport, admission: Admission): RpcProgram {
  const names = Object.keys(SERVE) as Served[]
  return {
    ...NFS,
    procedures: new Map([
      row(NFS3.null, () => ({})),
      ...names.map((name) => [NFS3[name].number, handlerOf(name, served, admission)] as const),
    ]),
  }
}

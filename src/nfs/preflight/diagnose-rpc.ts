import type {RpcError} from '../client/rpc-error.js'
import {AUTH_TOOWEAK, authStatusName} from '../wire/status.js'
import {askAsRoot, askPortMapper, type Diagnosis, type Standpoint} from './diagnosis.js'

const at = ({service, host, port}: Standpoint): string => `${service} at ${host} port ${port}`

function refused(stand: Standpoint): Diagnosis {
  if (stand.service === 'port mapper') {
    const finding = `connection refused at ${stand.host} port ${stand.port}: no port mapper (rpcbind) listens there`
    return {code: 'VN-NFS-REFUSED', finding, tries: []}
  }
  const finding = `connection refused: the port mapper names port ${stand.port} for ${stand.service}, nobody listens there`
  return {code: 'VN-NFS-PORT-REFUSED', finding, tries: askPortMapper(stand)}
}

function closed(error: RpcError, stand: Standpoint): Diagnosis {
  if (error.answered) {
    return {code: 'VN-NFS-CLOSED', finding: `${at(stand)} closed the connection before its answer`, tries: []}
  }
  const finding = `${at(stand)} accepted the connection and closed it without an answer, as a proxy (published ports, NAT) does for a server that is not up`
  return {code: 'VN-NFS-PROXY', finding, tries: []}
}

function notRegistered(stand: Standpoint): Diagnosis {
  if (stand.service === 'mountd') {
    const finding = 'GETPORT answered 0: mountd version 3 is not registered (yet)'
    return {code: 'VN-NFS-NO-MOUNTD', finding, tries: askPortMapper(stand)}
  }
  const finding =
    'GETPORT answered 0 for NFS version 3 although mountd answers: nfsd is not running (a kernel without nfsd looks like this), or it speaks NFSv4 only'
  return {code: 'VN-NFS-NO-NFSD', finding, tries: askPortMapper(stand)}
}

function rejected(error: RpcError, stand: Standpoint): Diagnosis {
  const {reply} = error
  switch (reply?.status) {
    case 'prog-mismatch': {
      const only = reply.low >= 4 && stand.service === 'nfsd' ? ': an NFSv4-only server' : ''
      const wanted = stand.service === 'port mapper' ? 2 : 3
      const finding = `${at(stand)} offers versions ${reply.low} to ${reply.high}${only}; a VCH speaks version ${wanted}`
      return {code: 'VN-NFS-VERSION', finding, tries: askPortMapper(stand)}
    }
    case 'prog-unavail':
    case 'proc-unavail':
      return {code: 'VN-NFS-PROGRAM', finding: `not ${at(stand)}: ${error.message}`, tries: askPortMapper(stand)}
    case 'auth-error':
      return refusedCredential(reply.authStatus, stand)
    default:
      return {code: 'VN-NFS-RPC', finding: error.message, tries: []}
  }
}

function refusedCredential(authStatus: number, stand: Standpoint): Diagnosis {
  const name = authStatusName(authStatus)
  if (authStatus !== AUTH_TOOWEAK) {
    return {code: 'VN-NFS-AUTH', finding: `${name}: ${at(stand)} does not take AUTH_SYS as we sent it`, tries: []}
  }
  const finding = stand.privilegedPort
    ? `${name}: ${at(stand)} demands more than AUTH_SYS (our source port is below 1024)`
    : `${name}: ${at(stand)} demands a source port below 1024 (Ganesha with PrivilegedPort), which we may not use; a VCH does`
  return {code: 'VN-NFS-AUTH-TOOWEAK', finding, tries: stand.privilegedPort ? [] : askAsRoot(stand)}
}

/** The cause of a call that brought no result. */
export function diagnoseRpc(error: RpcError, stand: Standpoint): Diagnosis {
  const withinMs = `within ${stand.rungTimeoutMs} ms`
  switch (error.failure) {
    case 'name-not-resolved':
      return {code: 'VN-NFS-NAME', finding: `the name "${stand.host}" cannot be resolved`, tries: []}
    case 'refused':
      return refused(stand)
    case 'unreachable':
      return {code: 'VN-NFS-UNREACHABLE', finding: `no route to ${error.message}`, tries: []}
    case 'connect-timeout':
      return {
        code: 'VN-NFS-TIMEOUT',
        finding: `${at(stand)} did not take the connection ${withinMs}: filtered, or nobody is at this address`,
        tries: [],
      }
    case 'reply-timeout':
      return {
        code: 'VN-NFS-NO-ANSWER',
        finding: `${at(stand)} took the connection and did not answer ${withinMs}`,
        tries: [],
      }
    case 'closed':
      return closed(error, stand)
    case 'garbage':
      return {code: 'VN-NFS-GARBAGE', finding: error.message, tries: askPortMapper(stand)}
    case 'rejected':
      return rejected(error, stand)
    case 'not-registered':
      return notRegistered(stand)
    case 'failed':
      return {code: 'VN-NFS-CONNECTION', finding: error.message, tries: []}
  }
}

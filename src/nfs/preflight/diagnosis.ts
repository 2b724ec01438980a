import type {NFS_ERRORS} from '../../model/error-codes/nfs.js'

/** Why a rung failed: the code of the error table, the cause in words, commands to try. */
export interface Diagnosis {
  readonly code: keyof typeof NFS_ERRORS
  readonly finding: string
  readonly tries: readonly string[]
}

/** Where the ladder stood when something went wrong. */
export interface Standpoint {
  readonly host: string
  readonly path: string
  readonly uid: number
  readonly gid: number
  readonly rungTimeoutMs: number
  /** Of the port mapper. */
  readonly portmapPort: number
  readonly service: 'port mapper' | 'mountd' | 'nfsd'
  readonly port: number
  /** Whether the requests to mountd and nfsd leave from a source port below 1024. */
  readonly privilegedPort: boolean
}

const quote = (word: string): string => (/^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)

/** `rpcinfo -p`, where it would ask the same port mapper as we did. */
export const askPortMapper = ({host, portmapPort}: Standpoint): readonly string[] =>
  portmapPort === 111 ? [`rpcinfo -p ${quote(host)}`] : []

export const askExports = ({host, portmapPort}: Standpoint): readonly string[] =>
  portmapPort === 111 ? [`showmount -e ${quote(host)}`] : []

/** The same preflight with the right to use a source port below 1024. */
export const askAsRoot = ({host, path, uid, gid}: Standpoint): readonly string[] => [
  `sudo vicnfs preflight ${quote(`nfs://${host}${encodeURI(path)}?uid=${uid}&gid=${gid}`)}`,
]

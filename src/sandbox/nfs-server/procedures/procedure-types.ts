import type {NFS3, Nfs3Name} from '../../../nfs/wire/nfs3.js'
import type {ArgumentsOf, StatusResult} from '../../../nfs/wire/procedure.js'
import type {Codec} from '../../../nfs/wire/codec.js'
import type {Request} from '../file-node.js'

type ResultCodecOf<N extends Nfs3Name> = (typeof NFS3)[N]['result']
type ResultOf<N extends Nfs3Name> = ResultCodecOf<N> extends Codec<infer R> ? R : never

/** What a procedure gives back on NFS3_OK. */
export type ValueOf<N extends Nfs3Name> = ResultOf<N> extends StatusResult<infer O, unknown> ? O : ResultOf<N>

/** What goes along with any other status. */
export type FailureOf<N extends Nfs3Name> = ResultOf<N> extends StatusResult<unknown, infer F> ? F : never

export type ArgumentsFor<N extends Nfs3Name> = ArgumentsOf<(typeof NFS3)[N]>

/** One procedure of the server. @throws NfsFault, or an error of the file system, for every status but NFS3_OK */
export type Serve<N extends Nfs3Name> = (args: ArgumentsFor<N>, request: Request) => ValueOf<N> | Promise<ValueOf<N>>

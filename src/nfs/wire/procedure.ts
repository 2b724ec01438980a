import {type Codec} from './codec.js'

/** One procedure of an RPC program: its number, its name for people, and what goes over the wire. */
export interface Procedure<A, R> {
  readonly number: number
  readonly name: string
  readonly arguments: Codec<A>
  readonly result: Codec<R>
}

export type ArgumentsOf<P> = P extends {readonly arguments: Codec<infer A>} ? A : never
export type ResultOf<P> = P extends {readonly result: Codec<infer R>} ? R : never

export function procedure<A, R>(
  number: number,
  name: string,
  codecs: {readonly arguments: Codec<A>; readonly result: Codec<R>},
): Procedure<A, R> {
  return {number, name, ...codecs}
}

/** A result of MOUNT or NFS: status 0 with a value, or another status with what comes along. */
export type StatusResult<O, F> =
  {readonly ok: true; readonly value: O} | {readonly ok: false; readonly status: number; readonly failure: F}

export const statusResult = <O, F>(value: Codec<O>, failure: Codec<F>): Codec<StatusResult<O, F>> => ({
  write(writer, result) {
    writer.uint32(result.ok ? 0 : result.status)
    if (result.ok) value.write(writer, result.value)
    else failure.write(writer, result.failure)
  },
  read(reader) {
    const status = reader.uint32()
    if (status === 0) return {ok: true, value: value.read(reader)}
    return {ok: false, status, failure: failure.read(reader)}
  },
})

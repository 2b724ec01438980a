import {XdrError, XdrReader, XdrWriter, type Pieces} from './xdr.js'

/** Both directions of one XDR type, so that a client and a server cannot disagree about it. */
export interface Codec<T> {
  write(writer: XdrWriter, value: T): void
  /** @throws XdrError on garbage */
  read(reader: XdrReader): T
}

export const uint32: Codec<number> = {
  write: (writer, value) => void writer.uint32(value),
  read: (reader) => reader.uint32(),
}

export const uint64: Codec<bigint> = {
  write: (writer, value) => void writer.uint64(value),
  read: (reader) => reader.uint64(),
}

export const bool: Codec<boolean> = {
  write: (writer, value) => void writer.bool(value),
  read: (reader) => reader.bool(),
}

/** No fields at all: the empty object. */
export type Nothing = Readonly<Record<string, never>>

export const nothing: Codec<Nothing> = {write: () => undefined, read: () => ({})}

export const opaque = (maxBytes: number): Codec<Buffer> => ({
  write: (writer, value) => void writer.opaque(value),
  read: (reader) => reader.opaque(maxBytes),
})

export const fixed = (bytes: number): Codec<Buffer> => ({
  write(writer, value) {
    if (value.length !== bytes) throw new XdrError(`${value.length} bytes where exactly ${bytes} belong`)
    writer.fixed(value)
  },
  read: (reader) => reader.fixed(bytes),
})

export const text = (maxBytes: number): Codec<string> => ({
  write: (writer, value) => void writer.string(value),
  read: (reader) => reader.string(maxBytes),
})

/** XDR's optional data: a boolean, then the value when it is true. */
export const optional = <T>(inner: Codec<T>): Codec<T | undefined> => ({
  write(writer, value) {
    writer.bool(value !== undefined)
    if (value !== undefined) inner.write(writer, value)
  },
  read: (reader) => (reader.bool() ? inner.read(reader) : undefined),
})

/** A counted array. */
export const array = <T>(inner: Codec<T>, maxLength: number): Codec<readonly T[]> => ({
  write(writer, values) {
    writer.uint32(values.length)
    for (const value of values) inner.write(writer, value)
  },
  read(reader) {
    const length = reader.uint32()
    if (length > maxLength) throw new XdrError(`a list of ${length} elements exceeds the limit of ${maxLength}`)
    return Array.from({length}, () => inner.read(reader))
  },
})

/** A linked list: before each element a true, at the end a false (READDIR, EXPORT). */
export const chain = <T>(inner: Codec<T>, maxLength: number): Codec<readonly T[]> => ({
  write(writer, values) {
    for (const value of values) inner.write(writer.bool(true), value)
    writer.bool(false)
  },
  read(reader) {
    const values: T[] = []
    while (reader.bool()) {
      if (values.length === maxLength) throw new XdrError(`a list exceeds the limit of ${maxLength} elements`)
      values.push(inner.read(reader))
    }
    return values
  },
})

/** Fields one after the other, in the order written down. */
export function struct<T extends object>(fields: {readonly [K in keyof T]-?: Codec<T[K]>}): Codec<T> {
  const entries = Object.entries(fields) as [keyof T, Codec<unknown>][]
  return {
    write(writer, value) {
      for (const [name, codec] of entries) codec.write(writer, value[name])
    },
    read(reader) {
      const value: Partial<T> = {}
      for (const [name, codec] of entries) value[name] = codec.read(reader) as T[keyof T]
      return value as T
    },
  }
}

export function encode<T>(codec: Codec<T>, value: T): Pieces {
  const writer = new XdrWriter()
  codec.write(writer, value)
  return writer.toPieces()
}

/** Reads one value; bytes after it are left alone, as other implementations do. @throws XdrError on garbage */
export function decode<T>(codec: Codec<T>, data: Buffer): T {
  return codec.read(new XdrReader(data))
}

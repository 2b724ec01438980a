import {createHash, createHmac, timingSafeEqual} from 'node:crypto'

/** Which file a handle means: never reused, since inode numbers are. */
export interface Identity {
  readonly inode: bigint
  /** Birth time in nanoseconds; 0 where the file system keeps none. */
  readonly birth: bigint
  readonly generation: number
}

export interface DecodedHandle extends Identity {
  /** False for a handle of another export or of this one under another fsid. */
  readonly sameExport: boolean
}

export interface HandleCodec {
  encode(identity: Identity): Buffer
  /** @returns undefined for a handle that we never made */
  decode(handle: Buffer): DecodedHandle | undefined
}

const FORMAT = 0x76_6e_66_31
const FSID_BYTES = 8
const BODY_BYTES = 4 + FSID_BYTES + 8 + 8 + 4
const SEAL_BYTES = 16

/** 48 bytes: format, export, inode, birth, generation, and a keyed seal over them, so that none can be made up. */
export function createHandleCodec(secret: Buffer, fsid: bigint): HandleCodec {
  const seal = (body: Buffer): Buffer => createHmac('sha256', secret).update(body).digest().subarray(0, SEAL_BYTES)
  return {
    encode({inode, birth, generation}) {
      const body = Buffer.alloc(BODY_BYTES)
      body.writeUInt32BE(FORMAT, 0)
      body.writeBigUInt64BE(fsid, 4)
      body.writeBigUInt64BE(inode, 12)
      body.writeBigUInt64BE(BigInt.asUintN(64, birth), 20)
      body.writeUInt32BE(generation, 28)
      return Buffer.concat([body, seal(body)])
    },
    decode(handle) {
      if (handle.length !== BODY_BYTES + SEAL_BYTES || handle.readUInt32BE(0) !== FORMAT) return undefined
      const body = handle.subarray(0, BODY_BYTES)
      // Another export's, sealed with a secret of its own: a stale handle, as on the kernel's server, and no forged one.
      const sameExport = body.readBigUInt64BE(4) === fsid
      if (sameExport && !timingSafeEqual(seal(body), handle.subarray(BODY_BYTES))) return undefined
      return {
        sameExport,
        inode: body.readBigUInt64BE(12),
        birth: body.readBigUInt64BE(20),
        generation: body.readUInt32BE(28),
      }
    },
  }
}

/** The 64-bit fsid of an export, from the text that identifies its file system. */
export function fsidOf(identity: string): bigint {
  return createHash('sha256').update(identity).digest().readBigUInt64BE(0)
}

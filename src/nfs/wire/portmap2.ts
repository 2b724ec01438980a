import {chain, nothing, struct, uint32, bool, type Codec} from './codec.js'
import {procedure} from './procedure.js'

/** A registration at the port mapper (RFC 1833 § 3); as GETPORT's argument the port is 0. */
export interface PortMapping {
  readonly program: number
  readonly version: number
  /** 6 TCP, 17 UDP. */
  readonly protocol: number
  readonly port: number
}

const MAX_MAPPINGS = 4096

export const portMapping: Codec<PortMapping> = struct<PortMapping>({
  program: uint32,
  version: uint32,
  protocol: uint32,
  port: uint32,
})

/** The port mapper's procedures, version 2. GETPORT answers 0 for what is not registered. */
export const PORTMAP2 = {
  null: procedure(0, 'NULL', {arguments: nothing, result: nothing}),
  set: procedure(1, 'SET', {arguments: portMapping, result: bool}),
  unset: procedure(2, 'UNSET', {arguments: portMapping, result: bool}),
  getport: procedure(3, 'GETPORT', {arguments: portMapping, result: uint32}),
  dump: procedure(4, 'DUMP', {arguments: nothing, result: chain(portMapping, MAX_MAPPINGS)}),
} as const

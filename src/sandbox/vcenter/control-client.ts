import {connect, type Socket} from 'node:net'
import type {Control, ControlClient} from './control-api.js'
import {encodeLine, lineReader, type ControlReply} from './control-protocol.js'
import {VimFault, type CallOptions} from './vcenter-api.js'

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/**
 * Connects to the control server of a sandbox.
 * @throws the system's error when nobody listens there (ENOENT, ECONNREFUSED)
 */
export async function connectControl(socketPath: string, options: CallOptions = {}): Promise<ControlClient> {
  const socket = await open(socketPath, options.signal)
  const waiting = new Map<number, Waiting>()
  socket.on(
    'data',
    lineReader(
      (message) => settle(waiting, message as ControlReply),
      () => socket.destroy(),
    ),
  )
  socket.on('error', () => undefined)
  socket.on('close', () => {
    for (const {reject} of waiting.values()) reject(new VimFault('ConnectionLost', 'EOF'))
    waiting.clear()
  })
  return clientOver(socket, waiting)
}

function open(socketPath: string, signal?: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const socket = connect(socketPath)
    const abort = () => socket.destroy(signal?.reason as Error)
    signal?.addEventListener('abort', abort, {once: true})
    socket.once('error', reject)
    socket.once('connect', () => {
      signal?.removeEventListener('abort', abort)
      socket.off('error', reject)
      resolve(socket)
    })
  })
}

function settle(waiting: Map<number, Waiting>, reply: ControlReply): void {
  const call = waiting.get(reply.id)
  if (!call) return
  waiting.delete(reply.id)
  if (reply.ok) call.resolve(reply.result ?? undefined)
  else call.reject(new VimFault(reply.fault, reply.message))
}

type Call = <T>(op: keyof Control, args: readonly unknown[], options?: CallOptions) => Promise<T>

function callOver(socket: Socket, waiting: Map<number, Waiting>): Call {
  let lastId = 0
  return async (op, args, options = {}) => {
    const {signal} = options
    signal?.throwIfAborted()
    if (socket.destroyed) throw new VimFault('ConnectionLost', 'EOF')
    const id = ++lastId
    return new Promise((resolve, reject) => {
      const abort = () => {
        waiting.delete(id)
        reject(signal?.reason as Error)
      }
      const settled = <V>(settle: (value: V) => void) => {
        return (value: V) => {
          signal?.removeEventListener('abort', abort)
          settle(value)
        }
      }
      signal?.addEventListener('abort', abort, {once: true})
      waiting.set(id, {resolve: settled(resolve as (value: unknown) => void), reject: settled(reject)})
      socket.write(encodeLine({id, op, args}))
    })
  }
}

function clientOver(socket: Socket, waiting: Map<number, Waiting>): ControlClient {
  const call = callOver(socket, waiting)
  return {
    about: (o) => call('about', [], o),
    login: (user, password, o) => call('login', [user, password], o),
    inventory: (o) => call('inventory', [], o),
    listVms: (o) => call('listVms', [], o),
    readVch: (id, o) => call('readVch', [id], o),
    setUpdateInProgress: (id, value, o) => call('setUpdateInProgress', [id, value], o),
    listSnapshots: (id, o) => call('listSnapshots', [id], o),
    createSnapshot: (id, name, o) => call('createSnapshot', [id, name], o),
    revertToSnapshot: (id, name, o) => call('revertToSnapshot', [id, name], o),
    deleteSnapshot: (id, snapshotId, o) => call('deleteSnapshot', [id, snapshotId], o),
    shutdownGuest: (id, o) => call('shutdownGuest', [id], o),
    reconfigure: (id, change, o) => call('reconfigure', [id, change], o),
    powerOn: (id, o) => call('powerOn', [id], o),
    guestReport: (id, o) => call('guestReport', [id], o),
    status: (o) => call('status', [], o),
    stop: (o) => call('stop', [], o),
    container: (id, deed, o) => call('container', [id, deed], o),
    setKnobs: (knobs, o) => call('setKnobs', [knobs], o),
    vchPowerOff: (o) => call('vchPowerOff', [], o),
    vchPowerOn: (o) => call('vchPowerOn', [], o),
    revertNewestSnapshot: (o) => call('revertNewestSnapshot', [], o),
    injectFault: (operation, fault, times, o) => call('injectFault', [operation, fault, times], o),
    close: () => socket.destroy(),
  }
}

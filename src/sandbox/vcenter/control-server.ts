import {chmodSync, rmSync} from 'node:fs'
import {createServer, type Server, type Socket} from 'node:net'
import type {Control} from './control-api.js'
import {asRequest, encodeLine, lineReader, type ControlReply} from './control-protocol.js'
import {VimFault} from './vcenter-api.js'

/** Operations that need no login: what TLS shows anyway, and what only a sandbox has. */
const WITHOUT_LOGIN: ReadonlySet<string> = new Set<keyof Control>([
  'about',
  'login',
  'status',
  'stop',
  'container',
  'setKnobs',
  'vchPowerOff',
  'vchPowerOn',
  'revertNewestSnapshot',
  'injectFault',
])

/**
 * Serves the control operations as JSON lines over a unix socket (mode 0600); a login holds for its connection.
 * @param control the operations; one that is not in it is answered with a fault
 */
export async function startControlServer(socketPath: string, control: Control): Promise<Server> {
  rmSync(socketPath, {force: true})
  const server = createServer((socket) => serve(socket, control))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(socketPath, resolve)
  })
  chmodSync(socketPath, 0o600)
  return server
}

function serve(socket: Socket, control: Control): void {
  const session = {loggedIn: false}
  socket.on('error', () => socket.destroy())
  socket.on(
    'data',
    lineReader(
      (message) => {
        void answer(message, session, control).then((reply) => {
          if (reply && !socket.destroyed) socket.write(encodeLine(reply))
        })
      },
      () => socket.destroy(),
    ),
  )
}

async function answer(
  message: unknown,
  session: {loggedIn: boolean},
  control: Control,
): Promise<ControlReply | undefined> {
  const request = asRequest(message)
  if (!request) return undefined
  const {id, op, args} = request
  try {
    if (!session.loggedIn && !WITHOUT_LOGIN.has(op))
      throw new VimFault('NotAuthenticated', 'The session is not authenticated.')
    if (!Object.hasOwn(control, op)) throw new VimFault('MethodNotFound', `the sandbox's vCenter does not know ${op}`)
    const operations = control as unknown as Readonly<Record<string, (...values: unknown[]) => Promise<unknown>>>
    const call = operations[op]
    if (!call) throw new VimFault('MethodNotFound', unknownText(op))
    const result = await call(...args)
    if (op === 'login') session.loggedIn = true
    return {id, ok: true, result: result ?? null}
  } catch (error) {
    const fault = error instanceof VimFault ? error.fault : 'SystemError'
    return {id, ok: false, fault, message: error instanceof Error ? error.message : String(error)}
  }
}

function unknownText(op: string): string {
  return `the sandbox's vCenter does not know ${op}`
}

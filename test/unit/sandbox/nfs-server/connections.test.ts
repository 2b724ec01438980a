import {once} from 'node:events'
import net from 'node:net'
import {expect, it} from '@jest/globals'
import {createAdmission} from '../../../../src/sandbox/nfs-server/admission.js'
import {listenTcp, type ListenOptions} from '../../../../src/sandbox/nfs-server/tcp-service.js'

const ADDRESS = '127.0.0.1'

async function listening(options: Partial<ListenOptions>) {
  const service = await listenTcp([], {address: ADDRESS, port: 0, ...options})
  const dial = async (): Promise<net.Socket> => {
    const socket = net.connect({host: ADDRESS, port: service.port})
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    return socket
  }
  return {service, dial}
}

it('ends the connection that was silent longest when there are too many', async () => {
  const {service, dial} = await listening({connectionLimit: 2})
  const [first, second] = [await dial(), await dial()]
  const ended = once(first, 'close')
  first.resume()
  const third = await dial()
  await ended
  expect([first.destroyed, second.destroyed, third.destroyed]).toEqual([true, false, false])
  await service.close()
})

it('ends a connection on which nothing happens', async () => {
  const {service, dial} = await listening({idleLimitMs: 20})
  const socket = await dial()
  socket.resume()
  await once(socket, 'close')
  expect(socket.destroyed).toBe(true)
  await service.close()
})

it('trusts its own mount by address and port', () => {
  const admission = createAdmission([])
  admission.trustOwn({address: ADDRESS, port: 700})
  expect(admission.admit({address: ADDRESS, port: 700})).toHaveProperty('rule')
  expect(admission.admit({address: '127.0.0.2', port: 700})).toEqual({refused: 'host'})
})

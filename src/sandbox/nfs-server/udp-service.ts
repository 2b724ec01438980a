import dgram from 'node:dgram'
import {once} from 'node:events'
import {answerMessage, type RpcProgram} from './rpc-program.js'

export interface UdpService {
  close(): Promise<void>
}

/**
 * Answers RPC in datagrams: rpcinfo and showmount ask the port mapper that way first, and do not fall back to TCP.
 * @throws the error of bind(2)
 */
export async function listenUdp(
  programs: readonly RpcProgram[],
  {address, port}: {readonly address: string; readonly port: number},
): Promise<UdpService> {
  const socket = dgram.createSocket('udp4')
  socket.on('message', (message, from) => {
    answerMessage(programs, message, from).then(
      (reply) => {
        // A reply that fits into no datagram is lost, as on any UDP service.
        if (reply !== undefined) socket.send(reply, from.port, from.address, () => {})
      },
      () => {
        // Garbage gets no answer.
      },
    )
  })
  socket.bind(port, address)
  await once(socket, 'listening')
  socket.on('error', () => {})
  return {
    async close() {
      const closed = once(socket, 'close')
      socket.close()
      await closed
    },
  }
}

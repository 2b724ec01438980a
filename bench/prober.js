// An independent prober: GETPORT and MNT in a tight loop, by calls of its own above the wire codecs.
import net from 'node:net'
import {RecordSplitter, sendRecord} from '../dist/src/nfs/wire/record-mark.js'
import {decodeReply, encodeCall, IPPROTO_TCP, MOUNT, PORTMAP} from '../dist/src/nfs/wire/rpc-message.js'
import {XdrReader, XdrWriter} from '../dist/src/nfs/wire/xdr.js'

const PAUSE_MS = 2

function call(host, port, request) {
  return new Promise((resolve, reject) => {
    const socket = net.connect({host, port})
    const splitter = new RecordSplitter(65_536)
    socket.setTimeout(250, () => socket.destroy(new Error('timeout')))
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('closed')))
    socket.once('connect', () => sendRecord(socket, encodeCall({xid: 7, ...request})))
    socket.on('data', (chunk) => {
      const [message] = splitter.push(chunk)
      if (message === undefined) return
      socket.removeAllListeners('close')
      socket.destroy()
      const reply = decodeReply(message)
      if (reply.status === 'success') resolve(reply.body)
      else reject(new Error(reply.status))
    })
  })
}

const none = {flavor: 'none'}
const root = {flavor: 'sys', machine: 'prober', uid: 0, gid: 0, gids: [0]}

async function isMounted(host, portmapPort, exportPath) {
  const mapping = new XdrWriter().uint32(MOUNT.program).uint32(MOUNT.version).uint32(IPPROTO_TCP).uint32(0).toPieces()
  const port = new XdrReader(
    await call(host, portmapPort, {...PORTMAP, procedure: 3, credential: none, body: mapping}),
  ).uint32()
  if (port === 0) return false
  const body = new XdrWriter().string(exportPath).toPieces()
  return new XdrReader(await call(host, port, {...MOUNT, procedure: 1, credential: root, body})).uint32() === 0
}

/** Milliseconds on the shared clock at which the export could first be mounted. */
export async function firstMountMs(host, portmapPort, exportPath, {signal}) {
  while (!signal.aborted) {
    if (await isMounted(host, portmapPort, exportPath).catch(() => false))
      return performance.timeOrigin + performance.now()
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
  throw signal.reason
}

import {afterEach, describe, expect, it} from '@jest/globals'
import {spawn, type ChildProcess} from 'node:child_process'
import {once} from 'node:events'
import {connect, type Socket} from 'node:net'
import {connectRpc, type RpcConnection} from '../../../../src/nfs/client/rpc-connection.js'
import type {RpcError} from '../../../../src/nfs/client/rpc-error.js'
import {NFS, type RpcCall} from '../../../../src/nfs/wire/rpc-message.js'
import {refusingPort} from '../../../helpers/refusing-port.js'
import {
  startScriptedServer,
  type Answer,
  type Script,
  type ScriptedServer,
} from '../../../helpers/scripted-rpc-server.js'

const CALL = {...NFS, procedure: 1, credential: {flavor: 'none'}, body: []} as const

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

async function serve(script: Script): Promise<ScriptedServer> {
  const server = await startScriptedServer(script)
  cleanUps.push(() => server.close())
  return server
}

async function connectTo(script: Script, options: Parameters<typeof connectRpc>[2] = {}): Promise<RpcConnection> {
  const {port} = await serve(script)
  const connection = await connectRpc('127.0.0.1', port, {timeoutMs: 5000, ...options})
  cleanUps.push(() => connection.close())
  return connection
}

const failureOf = (work: Promise<unknown>): Promise<RpcError> =>
  work.then(
    () => Promise.reject(new Error('it should have failed')),
    (error: unknown) => error as RpcError,
  )

/** A port that neither takes nor refuses connections: its listener sleeps and its queue is full. */
async function filteredPort(): Promise<number> {
  const program = `const s=require('net').createServer().listen({port:0,host:'127.0.0.1',backlog:1},()=>{
    require('fs').writeSync(1,String(s.address().port)+'\\n');Atomics.wait(new Int32Array(new SharedArrayBuffer(4)),0,0)})`
  const child: ChildProcess = spawn(process.execPath, ['-e', program], {stdio: ['ignore', 'pipe', 'inherit']})
  cleanUps.push(() => child.kill('SIGKILL'))
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer]
  const port = Number(line.toString())
  const fillers: Socket[] = Array.from({length: 6}, () => connect(port, '127.0.0.1').on('error', () => undefined))
  cleanUps.push(() => fillers.forEach((socket) => socket.destroy()))
  await Promise.all(fillers.slice(0, 2).map((socket) => once(socket, 'connect')))
  return port
}

describe('connectRpc', () => {
  it('matches answers that come in another order', async () => {
    const waiting: (() => void)[] = []
    const connection = await connectTo({
      'NFS.GETATTR': (call: RpcCall) =>
        new Promise<Answer>((resolve) => {
          waiting.push(() => resolve(call.body))
          if (waiting.length === 20) for (const release of waiting.reverse()) release()
        }),
    })
    const bodies = Array.from({length: 20}, (_, index) => Buffer.from([0, 0, 0, index]))
    const answers = await Promise.all(bodies.map((body) => connection.call({...CALL, body: [body]})))
    expect(answers).toEqual(bodies)
  })

  it.each([
    [{status: 'prog-mismatch', low: 4, high: 4}, 'the server offers versions 4 to 4'],
    [{status: 'rpc-mismatch', low: 3, high: 5}, 'RPC versions 3 to 5'],
    [{status: 'prog-unavail'}, 'does not offer this program'],
    [{status: 'proc-unavail'}, 'does not know this procedure'],
    [{status: 'garbage-args'}, 'could not read the arguments'],
    [{status: 'system-err'}, 'failed inside'],
    [{status: 'auth-error', authStatus: 5}, 'AUTH_TOOWEAK'],
  ] as const)('says how the server rejected the call: %j', async (reply, words) => {
    const connection = await connectTo({'NFS.GETATTR': () => ({reply})})
    const error = await failureOf(connection.call(CALL))
    expect(error).toMatchObject({name: 'RpcError', failure: 'rejected', reply})
    expect(error.message).toContain(words)
  })

  it('gives each call its own deadline and goes on afterwards', async () => {
    let calls = 0
    const connection = await connectTo({'NFS.GETATTR': (call) => ((calls += 1) === 1 ? 'silence' : call.body)})
    expect(await failureOf(connection.call(CALL, {timeoutMs: 30}))).toMatchObject({failure: 'reply-timeout'})
    expect(await connection.call({...CALL, body: [Buffer.from('next')]})).toEqual(Buffer.from('next'))
  })

  it('fails all calls under way when the server closes, and later ones at once', async () => {
    let calls = 0
    const connection = await connectTo({'NFS.GETATTR': () => ((calls += 1) === 3 ? 'close' : 'silence')})
    const outcomes = await Promise.all([1, 2, 3].map(() => failureOf(connection.call(CALL))))
    for (const error of outcomes) expect(error).toMatchObject({failure: 'closed', answered: false})
    expect(await failureOf(connection.call(CALL))).toMatchObject({failure: 'closed'})
  })

  it('fails calls under way when we close', async () => {
    const connection = await connectTo({'NFS.GETATTR': () => 'silence'})
    const outcome = failureOf(connection.call(CALL))
    connection.close()
    expect(await outcome).toMatchObject({failure: 'closed'})
  })

  it('rejects with the reason of the signal, before and during a call', async () => {
    const connection = await connectTo({'NFS.GETATTR': () => 'silence'})
    const controller = new AbortController()
    const outcome = failureOf(connection.call(CALL, {signal: controller.signal}))
    controller.abort(new Error('enough'))
    expect((await outcome).message).toBe('enough')
    await expect(connection.call(CALL, {signal: controller.signal})).rejects.toThrow('enough')
    await expect(connectRpc('127.0.0.1', 9, {signal: controller.signal})).rejects.toThrow('enough')
  })

  it('ends the connection on a reply above the limit', async () => {
    const connection = await connectTo({'NFS.GETATTR': () => Buffer.alloc(2000)}, {maxReplyBytes: 1000})
    const error = await failureOf(connection.call(CALL))
    expect(error.failure).toBe('garbage')
    expect(error.message).toContain('a record of more than 1000 bytes')
  })

  it('tells a refused connection from one that nobody answers', async () => {
    expect(await failureOf(connectRpc('127.0.0.1', await refusingPort()))).toMatchObject({failure: 'refused'})
    const port = await filteredPort()
    expect(await failureOf(connectRpc('127.0.0.1', port, {timeoutMs: 100}))).toMatchObject({failure: 'connect-timeout'})
    const signal = AbortSignal.timeout(50)
    expect((await failureOf(connectRpc('127.0.0.1', port, {signal}))).name).toBe('TimeoutError')
  })

  it('says when a name cannot be resolved', async () => {
    // A label above 63 bytes fails in the resolver itself, without a question to a name server.
    const error = await failureOf(connectRpc('x'.repeat(64), 111))
    expect(error).toMatchObject({failure: 'name-not-resolved'})
  })

  it.each([0, -1, 70_000, 1.5])('never dials port %d', async (port) => {
    expect(await failureOf(connectRpc('127.0.0.1', port))).toMatchObject({failure: 'garbage'})
  })

  it('finds a server that listens at the IPv4 address of a name only', async () => {
    const {port} = await serve({'NFS.GETATTR': (call) => call.body})
    const connection = await connectRpc('localhost', port)
    cleanUps.push(() => connection.close())
    expect(await connection.call(CALL)).toEqual(Buffer.alloc(0))
  })
})

describe('privileged source port', () => {
  const asRoot = process.getuid?.() === 0 ? it : it.skip

  asRoot('is below 1024 for root, and another one for each connection', async () => {
    const server = await serve({'NFS.GETATTR': (call) => call.body})
    for (let count = 0; count < 5; count += 1) {
      const connection = await connectRpc('127.0.0.1', server.port, {privilegedPort: true})
      cleanUps.push(() => connection.close())
      await connection.call(CALL)
      expect(connection.privilegedPort).toBe(true)
    }
    const ports = server.heard.map(({sourcePort}) => sourcePort)
    for (const port of ports) expect(port).toBeLessThan(1024)
    for (const port of ports) expect(port).toBeGreaterThanOrEqual(512)
    expect(new Set(ports).size).toBe(5)
  })

  it('falls back to an ordinary one where it is not allowed, and says so', async () => {
    const server = await serve({'NFS.GETATTR': (call) => call.body})
    const root = process.getuid?.() === 0
    if (root) process.seteuid?.(65_534)
    try {
      const connection = await connectRpc('127.0.0.1', server.port, {privilegedPort: true})
      cleanUps.push(() => connection.close())
      await connection.call(CALL)
      // Some systems let everybody use low ports; what is said must be true in any case.
      expect(connection.privilegedPort).toBe((server.heard[0]?.sourcePort ?? 0) < 1024)
    } finally {
      if (root) process.seteuid?.(0)
    }
  })

  it('is not asked for otherwise', async () => {
    const connection = await connectTo({'NFS.GETATTR': (call) => call.body})
    expect(connection.privilegedPort).toBe(false)
  })
})

/* eslint-disable @typescript-eslint/no-unsafe-return -- the documents of the Docker API are walked as they come */
import {afterEach, expect} from '@jest/globals'
import {existsSync, readFileSync} from 'node:fs'
import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {DS_STORE, startVch, type TestVch, type TestVchOptions} from '../docker-api/test-vch.js'

const EXPORT_OPTS = 'EXPORT_OPTS=*(rw,sync,no_subtree_check,insecure,no_root_squash)'
const PORTS = {'111/tcp': [{HostPort: '111'}], '2049/tcp': [{HostPort: '2049'}], '32767/tcp': [{HostPort: '32767'}]}

/** The VCH of the running test. */
export let vch: TestVch
export const start = async (options: TestVchOptions = {}): Promise<void> => void (vch = await startVch(options))
afterEach(() => vch.close())

export const nfsStore = (host: string, query = 'uid=0&gid=0', exportPath = '/export') =>
  ({label: 'nfs-store', scheme: 'nfs', host, path: exportPath, query, argument: ''}) as const

interface ServerOptions {
  readonly network?: string
  readonly ports?: object
  readonly env?: readonly string[]
  readonly folder?: string
  readonly volume?: string
}

export async function untilLogged(id: string, pattern: RegExp): Promise<void> {
  for (;;) {
    const answer = await vch.request('GET', `/containers/${id}/logs?stdout=1`)
    if (pattern.test(answer.text)) return
    if (vch.containers.need(id).power === 'exited') throw new Error(answer.text)
    await delay(10)
  }
}

/** Starts a server container and waits for its ready line. @returns id and address */
export async function server(options: ServerOptions = {}): Promise<{readonly id: string; readonly address: string}> {
  const {network = 'public', ports = PORTS, env = [], folder = '/export', volume = 'disk'} = options
  const made = await vch.request('POST', '/containers/create', {
    Image: 'vicnfs/nfs-server:0.1',
    Env: [`EXPORT_FOLDER=${folder}`, EXPORT_OPTS, ...env],
    HostConfig: {Binds: [`${volume}:/export`], NetworkMode: network, PortBindings: ports},
  })
  const id = made.json().Id as string
  const started = await vch.request('POST', `/containers/${id}/start`)
  if (started.status !== 204) throw new Error(started.text)
  await untilLogged(id, /ready/)
  return {id, address: vch.containers.need(id).address}
}

export async function reconfigure(...stores: ReturnType<typeof nfsStore>[]): Promise<void> {
  await vch.endpoint.powerOff()
  vch.store.update((state) => void (state.guestInfo = {stores: [DS_STORE, ...stores]}))
  vch.endpoint.powerOn()
}

export const online = async (): Promise<string[]> =>
  (await vch.request('GET', '/info')).json().SystemStatus[0][1].split(' ').sort()
export const logText = (): string => readFileSync(path.join(vch.store.directory, 'port-layer.log'), 'utf8')
export const refused = (): Promise<unknown> =>
  expect(vch.request('GET', '/_ping')).rejects.toMatchObject({code: 'ECONNREFUSED'})

export async function untilLog(pattern: RegExp): Promise<void> {
  while (!existsSync(path.join(vch.store.directory, 'port-layer.log')) || !pattern.test(logText())) await delay(5)
}

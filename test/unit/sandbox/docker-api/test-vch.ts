import http from 'node:http'
import {mkdtempSync, rmSync} from 'node:fs'
import {createServer} from 'node:net'
import {randomInt} from 'node:crypto'
import os from 'node:os'
import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {createContainerHost, type ContainerHost} from '../../../../src/sandbox/containers/container-host.js'
import {createEndpointVm} from '../../../../src/sandbox/endpoint-vm/endpoint-vm.js'
import type {Knobs, NetworkState, SandboxState} from '../../../../src/sandbox/state/sandbox-state.js'
import {StateStore} from '../../../../src/sandbox/state/state-store.js'

/** An answer of the emulated VCH; `json` parses the body. */
export interface Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly text: string
  // Tests walk the documents as they come; a wrong guess fails the test.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  json(): any
}

export interface TestVch {
  readonly store: StateStore
  readonly containers: ContainerHost
  readonly endpoint: ReturnType<typeof createEndpointVm>
  /** First three parts of a loopback /24 that belongs to this VCH alone. */
  readonly subnet: string
  request(method: string, location: string, body?: unknown): Promise<Answer>
  /** Polls until the Docker API answers. */
  untilUp(): Promise<void>
  setKnobs(knobs: Partial<Knobs>): void
  /** Makes and starts a container, waits for its end, returns exit code and log. */
  run(body: Record<string, unknown>): Promise<{readonly id: string; readonly exitCode: number; readonly log: string}>
  close(): Promise<void>
}

export interface TestVchOptions {
  readonly vicVersion?: string
  readonly state?: Partial<SandboxState>
  readonly networks?: (subnet: string) => NetworkState[]
  /** Leaves the endpoint VM off. */
  readonly off?: boolean
}

export const DS_STORE = {
  label: 'default',
  scheme: 'ds',
  host: 'datastore1',
  path: 'volumes',
  query: '',
  argument: 'ds://datastore1/volumes:default',
} as const

/** For ever, as a test counts: it lets the time pass itself, with `addressShownAtMs` of the container's runtime. */
export const DHCP_DELAY_MS = 3_600_000

function freePort(address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, address, () => {
      const {port} = probe.address() as {port: number}
      probe.close(() => resolve(port))
    })
  })
}

function external(subnet: string, name: string, trust: NetworkState['trust']): NetworkState {
  return {
    name,
    id: name.padEnd(64, '0'),
    driver: 'external',
    trust,
    subnet: `${subnet}.0/24`,
    gateway: `${subnet}.1`,
    ipRange: `${subnet}.32/27`,
  }
}

function defaultNetworks(subnet: string): NetworkState[] {
  const [a, b, c] = subnet.split('.').map(Number) as [number, number, number]
  const at = (step: number): string => `${a}.${(b + step) % 254}.${c}`
  return [
    {
      name: 'bridge',
      id: 'b'.repeat(64),
      driver: 'bridge',
      trust: 'open',
      subnet: `${at(1)}.0/24`,
      gateway: `${at(1)}.1`,
    },
    external(subnet, 'public', 'published'),
    external(at(2), 'open-net', 'open'),
    external(at(3), 'closed-net', 'closed'),
    external(at(4), 'outbound-net', 'outbound'),
    external(at(5), 'peers-net', 'peers'),
    {
      name: 'dhcp-net',
      id: 'd'.repeat(64),
      driver: 'external',
      trust: 'published',
      dhcp: {range: `${at(6)}.10-${at(6)}.20`, delayMs: DHCP_DELAY_MS},
    },
  ]
}

function call(socketPath: string, method: string, location: string, body?: unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const data = body === undefined ? '' : JSON.stringify(body)
    const headers =
      body === undefined ? {} : {'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(data)}
    const request = http.request({socketPath, method, path: location, headers, agent: false}, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8')
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          json: () => JSON.parse(text) as unknown,
        })
      })
    })
    request.on('error', reject)
    request.end(data)
  })
}

/** Takes the frames of docker's multiplexed stream apart. */
export function frames(data: Buffer): {readonly stream: number; readonly text: string}[] {
  const found: {stream: number; text: string}[] = []
  for (let at = 0; at + 8 <= data.length;) {
    const length = data.readUInt32BE(at + 4)
    found.push({stream: data[at] ?? 0, text: data.toString('utf8', at + 8, at + 8 + length)})
    at += 8 + length
  }
  return found
}

export async function startVch(options: TestVchOptions = {}): Promise<TestVch> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'vch-'))
  const subnet = `127.${randomInt(1, 240)}.${randomInt(1, 250)}`
  const publicAddress = `${subnet}.2`
  const state: SandboxState = {
    schemaVersion: 1,
    name: 'virtual-container-host',
    vicVersion: options.vicVersion ?? '1.5.8',
    vicMachineVersion: options.vicVersion ?? '1.5.8',
    vmId: 'vm-73',
    target: 'vcenter.sandbox.invalid',
    thumbprint: 'AA:BB',
    socketPath: path.join(directory, 'docker.sock'),
    publicAddress,
    portmapPort: await freePort(publicAddress),
    knobs: {
      bootDelayMs: 5,
      bootRetryMs: 20,
      containerStartDelayMs: 5,
      containerStopDelayMs: 5,
      // Limits that a busy machine keeps to; a test of what comes after one sets it itself.
      waitLimitMs: 60_000,
      mountFailureDelayMs: 30_000,
      guestShutdownMs: 5,
    },
    networks: (options.networks ?? defaultNetworks)(subnet),
    volumes: [],
    containers: [],
    datastores: ['datastore1'],
    images: ['vicnfs/nfs-server:0.1', 'busybox:latest', 'vicnfs/data-only:latest'],
    power: 'on',
    guestInfo: {stores: [DS_STORE]},
    snapshots: [],
    ...options.state,
  }
  const store = StateStore.create(path.join(directory, 'state'), state)
  const containers = createContainerHost({store})
  const endpoint = createEndpointVm({store, containers})
  const request: TestVch['request'] = (method, location, body) => call(state.socketPath, method, location, body)
  const vch: TestVch = {
    store,
    containers,
    endpoint,
    subnet,
    request,
    untilUp: async () => {
      for (;;) {
        const answer = await request('GET', '/_ping').catch(() => undefined)
        if (answer?.status === 200) return
        await delay(10)
      }
    },
    setKnobs: (knobs) => store.update((state) => void Object.assign(state.knobs, knobs)),
    run: async (body) => {
      const made = await request('POST', '/containers/create', {Image: 'busybox', ...body})
      if (made.status !== 201) throw new Error(made.text)
      const id = made.json().Id as string
      const started = await request('POST', `/containers/${id}/start`)
      if (started.status !== 204) throw new Error(started.text)
      const exitCode = await containers.whenEnded(containers.need(id))
      const {text} = await request('GET', `/containers/${id}/logs?stdout=1&stderr=1`)
      return {
        id,
        exitCode,
        log: frames(Buffer.from(text, 'utf8'))
          .map((one) => one.text)
          .join(''),
      }
    },
    close: async () => {
      await containers.stopAll(500)
      await endpoint.close()
      rmSync(directory, {recursive: true, force: true})
    },
  }
  if (options.off !== true) {
    endpoint.powerOn()
    await vch.untilUp()
  }
  return vch
}

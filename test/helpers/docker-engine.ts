import {existsSync} from 'node:fs'
import {readFile, writeFile} from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

import {SERVER_IMAGE} from '../../src/model/server-image.js'
import {buildServerImage} from '../../src/services/image/build-image.js'
import {connectImageEngine} from '../../src/services/image/image-engine.js'
import {connectVch} from '../../src/vch/connect.js'
import {resolveEndpoint} from '../../src/vch/endpoint/resolve-endpoint.js'
import type {VchApi} from '../../src/vch/vch-api.js'
import {runProgram, type Ended, type ProgramOptions} from '../e2e/run-program.js'
import {closeOpened} from './close-opened.js'
import {makeDebianBase} from './debian-base.js'
import {needPackages} from './debian-packages.js'
import {startDockerDaemon} from './docker-daemon.js'
import {makeEngineNetwork, type Subnet} from './engine-network.js'
import {tryMachineLock, type MachineLock} from './machine-lock.js'
import {PACKAGES} from './packages.js'
import {privateCache} from './private-cache.js'
import {serverImageState} from './server-image-state.js'

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
/** Each one has its own bridge, addresses and data; more than one is needed only where runs go on at once. */
const SLOTS = 15

/** A Docker Engine of Debian's packages, private to one test file; images stay for the next one. */
export interface DockerEngine {
  readonly api: VchApi
  /** PATH and DOCKER_HOST, for everything that is to work on it. */
  readonly env: Readonly<Record<string, string>>
  /** Debian of this machine's release, `debian:bookworm-slim` or its like. */
  readonly baseImage: string
  readonly docker: (args: readonly string[], options?: Omit<ProgramOptions, 'env'>) => Promise<Ended>
  /** stdout without its last line end. @throws Error when docker fails */
  readonly dockerSays: (...args: readonly string[]) => Promise<string>
  /** This machine's address on the default bridge. */
  readonly gateway: string
  /** Addresses for a network of the test's own, by a number from 1 to 6. */
  readonly subnet: (number: number) => Subnet
  /** Makes a network of macvlan, as near as an Engine comes to a VCH's container network; one for each Engine. */
  readonly createContainerNetwork: (name: string, subnet: Subnet) => Promise<void>
  /** Builds image/, or takes the layers of an earlier run. @returns its reference, that of the default server image */
  readonly buildServerImage: () => Promise<string>
  /** Removes containers, networks and volumes, and ends the Engine. */
  close(): Promise<void>
}

type Docker = Pick<DockerEngine, 'docker' | 'dockerSays'>

/** Starts the Engine; the base image is there afterwards. @throws Error when this is not root on Debian */
export async function openDockerEngine(): Promise<DockerEngine> {
  await installDocker()
  const {slot, lock} = await takeSlot()
  const opened: {close(): Promise<void>}[] = [{close: () => lock.release()}]
  const close = () => closeOpened(...opened.splice(0).reverse())
  try {
    const network = await makeEngineNetwork(slot)
    opened.push(network)
    const daemon = await startDockerDaemon(await privateCache(`engine-${slot}`), network.options)
    opened.push({close: () => daemon.stop()})
    const env = {PATH: SYSTEM_PATH, LANG: 'C.UTF-8', HOME: os.homedir(), DOCKER_HOST: `unix://${daemon.socket}`}
    const docker = dockerCalls(env)
    opened.push({close: () => empty(docker)})
    await empty(docker)
    const baseImage = await importBase(docker)
    const resolve = {homeDirectory: os.homedir(), signal: new AbortController().signal}
    const api = await connectVch(await resolveEndpoint({}, env, resolve))
    const {gateway} = network
    const own = {
      gateway,
      subnet: (number: number) => network.subnet(number),
      createContainerNetwork: async (name: string, subnet: Subnet) => {
        const options = await network.containerNetwork(subnet)
        await docker.dockerSays('network', 'create', ...options, name)
      },
      buildServerImage: () => build(env, baseImage),
    }
    return {api, env, baseImage, ...docker, ...own, close}
  } catch (error) {
    await close()
    throw error
  }
}

/** Installs the Engine, makes the base and builds the image, so that tests find them. */
export async function prepareDockerEngine(): Promise<void> {
  await installDocker()
  // Only what the data of the first Engine has is told by this file beside it; others are seldom used.
  const done = path.join(await privateCache('engine-0'), 'prepared')
  const state = await serverImageState((await makeDebianBase()).key)
  if ((await readFile(done, 'utf8').catch(() => '')) === state) return
  const engine = await openDockerEngine()
  try {
    await engine.buildServerImage()
  } finally {
    await engine.close()
  }
  await writeFile(done, state)
}

async function installDocker(): Promise<void> {
  await needPackages(PACKAGES.engine)
  // A package of its own from Debian 13 on.
  if (!existsSync('/usr/bin/docker')) await needPackages(['docker-cli'])
}

async function takeSlot(): Promise<{readonly slot: number; readonly lock: MachineLock}> {
  for (let slot = 0; slot < SLOTS; slot += 1) {
    const lock = await tryMachineLock(`engine-${slot}`)
    if (lock !== undefined) return {slot, lock}
  }
  throw new Error(`${SLOTS} Docker Engines of tests are at work on this machine`)
}

function dockerCalls(env: Readonly<Record<string, string>>): Docker {
  const docker: Docker['docker'] = (args, options) => runProgram('/usr/bin/docker', args, {...options, env})
  return {
    docker,
    dockerSays: async (...args) => {
      const ended = await docker(args)
      if (ended.exitCode !== 0) throw new Error(`docker ${args.join(' ')}: ${JSON.stringify(ended)}`)
      return ended.stdout.trimEnd()
    },
  }
}

/** A name for the time of one test: its registry is an address. */
const PASSING_IMAGE = /^(\d+\.){3}\d+:/

/** For a container that cannot be removed. */
const EMPTY_LIMIT_MS = 240_000

/** What earlier tests made; images stay, with the names that the next test uses. */
async function empty({docker, dockerSays}: Docker): Promise<void> {
  const containers = async () => (await dockerSays('ps', '-aq')).split('\n').filter((id) => id !== '')
  const limit = AbortSignal.timeout(EMPTY_LIMIT_MS)
  // One may go by itself meanwhile, which rm takes for a failure.
  for (let left = await containers(); left.length > 0; left = await containers()) {
    const ended = await docker(['rm', '--force', ...left])
    if (limit.aborted) throw new Error(`docker rm: ${JSON.stringify(ended)}`)
  }
  const volumes = (await dockerSays('volume', 'ls', '-q')).split('\n').filter((name) => name !== '')
  if (volumes.length > 0) await dockerSays('volume', 'rm', '--force', ...volumes)
  await dockerSays('network', 'prune', '--force')
  const images = (await dockerSays('images', '--format', '{{.Repository}}:{{.Tag}}')).split('\n')
  const passing = images.filter((name) => PASSING_IMAGE.test(name) && !name.includes('<none>'))
  if (passing.length > 0) await dockerSays('rmi', ...passing)
  await dockerSays('image', 'prune', '--force')
}

async function importBase({docker, dockerSays}: Docker): Promise<string> {
  const {reference, key, tar} = await makeDebianBase()
  const label = await docker(['image', 'inspect', '--format', '{{index .Config.Labels "vicnfs.e2e"}}', reference])
  if (label.stdout.trim() === key) return reference
  await dockerSays('import', '--change', 'CMD ["bash"]', '--change', `LABEL vicnfs.e2e=${key}`, tar, reference)
  return reference
}

async function build(env: DockerEngine['env'], base: string): Promise<string> {
  const adapters = await connectImageEngine({}, {environment: env, signal: new AbortController().signal})
  const {image} = await buildServerImage({tag: SERVER_IMAGE, base, noCache: false}, adapters, {})
  return image.reference
}

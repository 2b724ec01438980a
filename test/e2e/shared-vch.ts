import {dockerClient} from '../helpers/docker-client.js'
import {runProgram, runUntil, type Ended} from './run-program.js'
import {openWorkplace, runVicnfs, type Workplace} from './workplace.js'

export const STORE = 'nfs-store'
export const STANDARD_PORTMAP_PORT = 111
const SERVED_VOLUME = 'nfs-vol'
const EXPOSE = ['--create', '--capacity', '1GB', '--network', 'storage-net', '--allow-self-hosted', '--yes', '--json']

/** A sandbox that shares one volume as the store `nfs-store`, and Debian's docker CLI to work with it. */
export interface SharedVch {
  readonly workplace: Workplace
  readonly dockerVersion: string
  /** What `sandbox start` printed. */
  readonly settings: Readonly<Record<string, string>>
  /** Where its portmappers answer. */
  readonly portmapPort: number
  /** The address of the NFS server. */
  readonly host: string
  /** The path that it exports. */
  readonly exported: string
  docker(args: readonly string[], options?: DockerOptions): Promise<Ended>
  /** stdout without its last line end. @throws Error when docker fails */
  dockerSays(...args: readonly string[]): Promise<string>
  /** Runs docker until it has said that. */
  dockerUntil(enough: (stdout: string) => boolean, ...args: readonly string[]): Promise<string>
  close(): Promise<void>
}

interface DockerOptions {
  readonly stdin?: string
  /** Over the printed settings. */
  readonly env?: Readonly<Record<string, string>>
}

interface Settings {
  readonly environment: Readonly<Record<string, string>>
}

interface Exposed {
  readonly share: {readonly url: string}
}

export async function openSharedVch({tls}: {readonly tls?: string} = {}): Promise<SharedVch> {
  const workplace = await openWorkplace()
  const close = async () => {
    await vicnfsResult(['sandbox', 'stop', '--remove', '--json'], workplace.env)
    await workplace.close()
  }
  try {
    const {version: dockerVersion, program} = await dockerClient()
    const {environment} = await vicnfsResult<Settings>(
      ['sandbox', 'start', '--json', ...(tls === undefined ? [] : ['--tls', tls])],
      workplace.env,
    )
    const env = {...workplace.env, ...environment}
    const exposed = await vicnfsResult<Exposed>(['expose-volume', SERVED_VOLUME, '--register', STORE, ...EXPOSE], env)
    const {hostname: host, pathname: exported} = new URL(exposed.share.url)
    const portmapPort = Number(environment['VICNFS_PORTMAP_PORT'] ?? STANDARD_PORTMAP_PORT)
    return {
      workplace,
      dockerVersion,
      settings: environment,
      portmapPort,
      host,
      exported,
      ...dockerCalls(program, env),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

function dockerCalls(
  program: string,
  env: Readonly<Record<string, string>>,
): Pick<SharedVch, 'docker' | 'dockerSays' | 'dockerUntil'> {
  const docker: SharedVch['docker'] = (args, options) =>
    runProgram(program, args, {...options, env: {...env, ...options?.env}, cwd: env['HOME'] ?? '/'})
  return {
    docker,
    dockerSays: async (...args) => {
      const ended = await docker(args)
      if (ended.exitCode !== 0) throw new Error(`docker ${args.join(' ')}: ${JSON.stringify(ended)}`)
      return ended.stdout.trimEnd()
    },
    dockerUntil: (enough, ...args) => runUntil(program, args, {env, enough}),
  }
}

/** @throws Error when the command fails */
async function vicnfsResult<T>(argv: readonly string[], env: Readonly<Record<string, string>>): Promise<T> {
  const {exitCode, stdout, stderr} = await runVicnfs(argv, {env})
  if (exitCode !== 0) throw new Error(`vicnfs ${argv.join(' ')}: ${String(exitCode)}\n${stdout}${stderr}`)
  return (JSON.parse(stdout) as {result: T}).result
}

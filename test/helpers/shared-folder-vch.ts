import {spawn, type ChildProcess} from 'node:child_process'
import {writeFileSync} from 'node:fs'
import {mkdir, rm} from 'node:fs/promises'
import path from 'node:path'

import type {ContainerRequest, VchApi} from '../../src/vch/vch-api.js'

const VIC_OPTIONS = 'rw,noatime,vers=3,rsize=131072,wsize=131072,hard,nolock,proto=tcp,timeo=600,sec=sys'

interface Running {
  readonly request: ContainerRequest
  child?: ChildProcess
  log: string
  ended?: Promise<number>
}

export interface SharedFolderOptions {
  /** As the containers' kernel shows the mount; none where it shows none. */
  readonly mount?: {readonly type: string; readonly options: string} | undefined
  /** Changes a script before it runs. */
  readonly tamper?: (script: string, name: string) => string
  /** A start that the VCH refuses. */
  readonly refuseStart?: (name: string) => Error | undefined
}

/** What a volume on an NFS store is to containers: one folder, in which all of them work at once; each is a shell. */
export function sharedFolderVch(directory: string, options: SharedFolderOptions = {}) {
  const {mount = {type: 'nfs', options: VIC_OPTIONS}, tamper = (script: string) => script} = options
  const containers = new Map<string, Running>()
  const volumes = new Set<string>()
  const folderOf = (volume: string): string => path.join(directory, volume)

  function start(running: Running): void {
    const {name = '', command = [], env = {}, binds = []} = running.request
    const cwd = folderOf(binds[0]?.volume ?? '')
    const table = path.join(directory, `mounts-${name}`)
    const shown =
      mount.type === '' ? '' : `10.9.0.2:/exports/data/volumes/v ${cwd} ${mount.type} ${mount.options} 0 0\n`
    writeFileSync(table, `proc /proc proc rw 0 0\n${shown}`)
    const script = tamper(command[2] ?? '', name).replace('/proc/mounts', table)
    const child = spawn('sh', ['-c', script], {cwd, env: {PATH: process.env['PATH'], ...env}})
    running.child = child
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data: Buffer) => (running.log += String(data)))
    running.ended = new Promise((resolve) => child.once('close', (code) => resolve(code ?? 137)))
  }

  const need = (name: string): Running => {
    const found = containers.get(name)
    if (found === undefined) throw new Error(`no container ${name}`)
    return found
  }
  const api: Partial<VchApi> = {
    async createVolume({name}) {
      volumes.add(name)
      await mkdir(folderOf(name))
      return {created: true, volume: {name, driver: 'vsphere', labels: {}}}
    },
    async removeVolume(name) {
      volumes.delete(name)
      await rm(folderOf(name), {recursive: true})
    },
    inspectContainer: (name) =>
      Promise.resolve(containers.has(name) ? ({id: name, name} as unknown as undefined) : undefined),
    createContainer(request) {
      containers.set(request.name ?? '', {request, log: ''})
      return Promise.resolve(request.name ?? '')
    },
    startContainer(name) {
      const refusal = options.refuseStart?.(name)
      if (refusal !== undefined) return Promise.reject(refusal)
      start(need(name))
      return Promise.resolve()
    },
    async waitContainer(name, {signal} = {}) {
      const stopped = new Promise<never>((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason as Error), {once: true})
      })
      return Promise.race([need(name).ended ?? Promise.resolve(0), stopped])
    },
    containerLogs: (name) => Promise.resolve(need(name).log),
    async removeContainer(name) {
      const running = containers.get(name)
      running?.child?.kill('SIGKILL')
      await running?.ended
      containers.delete(name)
    },
  }
  return {api, containers, volumes}
}

import type {Readable} from 'node:stream'

import type {CommandRun} from '../../../src/sandbox/vm/channel/command-run.js'
import type {VmCommand} from '../../../src/sandbox/vm/container-config.js'
import type {ContainerVm} from '../../../src/sandbox/vm/container-vm.js'

export interface InVmEnd {
  readonly exitCode: number
  readonly stdout: Buffer
  readonly stderr: string
}

async function bytesOf(stream: Readable): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

/** Runs a command in a VM to its end. */
export async function runIn(vm: ContainerVm, command: VmCommand, stdin: Buffer | string = ''): Promise<InVmEnd> {
  const run = vm.run(command)
  run.write(stdin)
  run.end()
  const [{exitCode}, stdout, stderr] = await Promise.all([run.exited, bytesOf(run.stdout), bytesOf(run.stderr)])
  return {exitCode, stdout, stderr: String(stderr)}
}

/** @returns what a script of bash says on stdout, without the last line end. @throws Error when it fails */
export async function bash(vm: ContainerVm, script: string): Promise<string> {
  const {exitCode, stdout, stderr} = await runIn(vm, {args: ['bash', '-c', script]})
  if (exitCode !== 0) throw new Error(`${script}: exit code ${exitCode}: ${String(stdout)}${stderr}`)
  return String(stdout).trimEnd()
}

/** What a command says, from when it is first looked at. */
export interface Talk {
  /** Everything on stdout and stderr so far. */
  text(): string
  /** Resolves with the first match. @throws Error when the command ends without having said it */
  until(words: RegExp): Promise<RegExpMatchArray>
}

/** Follows what a command says; to be called before anything is awaited. */
export function listenTo(run: CommandRun): Talk {
  let text = ''
  let open = 2
  const waiting = new Set<() => void>()
  const look = () => [...waiting].forEach((check) => check())
  for (const stream of [run.stdout, run.stderr]) {
    stream.on('data', (part: Buffer) => {
      text += String(part)
      look()
    })
    stream.once('end', () => {
      open -= 1
      look()
    })
  }
  const until = (words: RegExp) =>
    new Promise<RegExpMatchArray>((resolve, reject) => {
      const check = () => {
        const found = words.exec(text)
        if (found === null && open > 0) return
        waiting.delete(check)
        if (found === null) reject(new Error(`it ended, having said only: ${text}`))
        else resolve(found)
      }
      waiting.add(check)
      check()
    })
  return {text: () => text, until}
}

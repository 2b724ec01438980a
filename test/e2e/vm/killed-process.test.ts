import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {spawn, type ChildProcess} from 'node:child_process'
import {once} from 'node:events'
import {existsSync} from 'node:fs'
import {readFile, rm} from 'node:fs/promises'
import path from 'node:path'
import type {Readable} from 'node:stream'
import {setTimeout as delay} from 'node:timers/promises'

import {endAbandonedNetworks} from '../../../src/sandbox/vm/network/abandoned-networks.js'
import {needPackages} from '../../helpers/debian-packages.js'
import {PACKAGES} from '../../helpers/packages.js'
import {makeTempDirectory} from '../../helpers/temp-directory.js'
import {canTestOnDebian} from '../not-tested.js'
import {PROJECT_ROOT, SYSTEM_PATH} from '../workplace.js'

const describeOnDebian = canTestOnDebian('what a killed process leaves of container VMs') ? describe : describe.skip

/** A process of its own, on the compiled modules, which has a network and a QEMU that never boots. */
const PROGRAM = `
const [folder, root] = process.argv.slice(1)
const {openVmNetwork} = await import(root + '/dist/src/sandbox/vm/network/vm-network.js')
const {startQemu} = await import(root + '/dist/src/sandbox/vm/qemu-process.js')
const network = await openVmNetwork(folder)
const args = ['-S', '-M', 'q35', '-nodefaults', '-display', 'none', '-netdev', 'tap,id=net,downscript=no,script=' + network.plugScript]
const {pid} = await startQemu(args, {enter: network.enter, consoleFile: folder + '/console'})
console.log(JSON.stringify({pid, name: network.name}))
setInterval(() => undefined, 1000)`

/** Gone, or ended and not yet asked for by its parent. */
async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat !== '' && !/\) [ZX] /.test(stat)
}

/** @throws Error when there is none */
async function firstLine(from: Readable): Promise<string> {
  let said = ''
  for await (const part of from.setEncoding('utf8')) {
    said += String(part)
    if (said.includes('\n')) return said
  }
  throw new Error(`the process ended, having said only: ${said}`)
}

let folder: string
let holder: ChildProcess | undefined
let made: {readonly pid: number; readonly name: string}

describeOnDebian('a process with a container VM that is killed', () => {
  beforeEach(async () => {
    await needPackages(PACKAGES.containerVms)
    folder = await makeTempDirectory()
    const args = ['--input-type=module', '-e', PROGRAM, folder, path.resolve(PROJECT_ROOT)]
    const child = spawn(process.execPath, args, {env: {PATH: SYSTEM_PATH}, stdio: ['ignore', 'pipe', 'inherit']})
    holder = child
    made = JSON.parse(await firstLine(child.stdout))
  })
  afterEach(async () => {
    holder?.kill('SIGKILL')
    await endAbandonedNetworks()
    await rm(folder, {recursive: true, force: true})
  })

  it('takes its QEMU along, and its network goes when the next one is made', async () => {
    expect(await isRunning(made.pid)).toBe(true)
    await endAbandonedNetworks()
    // Control: of a process that lives nothing is abandoned.
    expect(existsSync(`/sys/class/net/${made.name}`)).toBe(true)
    holder?.kill('SIGKILL')
    await once(holder!, 'exit')
    while (await isRunning(made.pid)) await delay(20)
    await endAbandonedNetworks()
    expect([`/sys/class/net/${made.name}`, `/run/netns/${made.name}`].filter((file) => existsSync(file))).toEqual([])
  })
})

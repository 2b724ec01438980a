import {readdir} from 'node:fs/promises'
import process from 'node:process'

import {runTool} from '../run-tool.js'

const PREFIX = 'vnfs'
const NETNS = '/run/netns'
let made = 0

/** A name for a network of this process; a network card's name has at most 15 letters. */
export function networkName(): string {
  made += 1
  return `${PREFIX}${process.pid.toString(36)}-${made.toString(36)}`
}

/** Takes networks away whose process was killed before it could. */
export async function endAbandonedNetworks({signal}: {readonly signal?: AbortSignal | undefined} = {}): Promise<void> {
  for (const name of await readdir(NETNS).catch(() => [])) {
    const owner = new RegExp(`^${PREFIX}([0-9a-z]+)-[0-9a-z]+$`).exec(name)?.[1]
    if (owner === undefined || isAlive(Number.parseInt(owner, 36))) continue
    await runTool('ip', ['link', 'delete', name], {signal}).catch(() => undefined)
    await runTool('ip', ['netns', 'delete', name], {signal}).catch(() => undefined)
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

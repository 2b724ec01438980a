import {describe, expect, it} from '@jest/globals'
import {spawn, type ChildProcess} from 'node:child_process'
import {fileURLToPath} from 'node:url'

const SLOW = fileURLToPath(new URL('../helpers/slow-command.js', import.meta.url))

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

interface Watcher {
  /** Called when the command waits for signals. */
  readonly onReady?: (child: ChildProcess) => void
  /** Called when it has said something on stderr. */
  readonly onNarration?: (child: ChildProcess) => void
}

function runSlow(flags: readonly string[], watcher: Watcher): Promise<Ended> {
  const child = spawn(process.execPath, [SLOW, ...flags], {stdio: ['ignore', 'pipe', 'pipe', 'ipc']})
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    watcher.onNarration?.(child)
  })
  child.on('message', () => watcher.onReady?.(child))
  return new Promise((resolve) => {
    child.once('close', (code) => {
      resolve({code, stdout, stderr})
    })
  })
}

const SIGNALS = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const

describe('a running command', () => {
  it.each(SIGNALS)('told to stop by %s says what happens, undoes, and exits %d', async (signal, code) => {
    const ended = await runSlow([], {onReady: (child) => child.kill(signal)})
    expect(ended).toMatchObject({code, stdout: ''})
    expect(ended.stderr).toMatch(/Stopping: [\s\S]*undone: remove the server[\s\S]*\(VN-INTERRUPTED\)/)
  })

  it.each(SIGNALS)('told to stop by %s under --json prints one document and exits %d', async (signal, code) => {
    const ended = await runSlow(['--json'], {onReady: (child) => child.kill(signal)})
    expect(ended).toMatchObject({code, stderr: ''})
    expect(JSON.parse(ended.stdout)).toMatchObject({ok: false, command: 'slow', error: {code: 'VN-INTERRUPTED'}})
  })

  it('stopped after the cut undoes nothing and says that vic-machine goes on', async () => {
    const ended = await runSlow(['--cut'], {onReady: (child) => child.kill('SIGINT')})
    expect(ended.code).toBe(130)
    expect(ended.stderr).toContain('Stopping: vic-machine goes on by itself')
    expect(ended.stderr).not.toContain('remove the server')
  })

  it('goes on to its end when nobody reads its output any more', async () => {
    const ended = await runSlow(['--noisy'], {
      onNarration(child) {
        child.stdout?.destroy()
        child.stderr?.destroy()
      },
    })
    expect(ended.code).toBe(42)
  })
})

import {existsSync} from 'node:fs'
import {chmod, mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import type {VicMachineSettings} from '../../../src/vic-machine/vic-machine-api.js'

export const PASSWORD = 'Pa$$ "hush"/1'

/** A shell script that stands in for vic-machine, and a private place for its runs. */
export interface FakeVicMachine {
  readonly root: string
  readonly settings: VicMachineSettings
  /** A fresh private folder for a change. */
  folder(): Promise<string>
  /** Lets a script go on that waits with `until [ -e "$GATE" ]`. */
  open(): Promise<void>
  remove(): Promise<void>
}

/** @param body lines of sh; `$GATE` is the file that `open` makes */
export async function fakeVicMachine(body: string): Promise<FakeVicMachine> {
  const root = await mkdtemp(join(tmpdir(), 'vicnfs-fake-'))
  const path = join(root, 'vic-machine-linux')
  const gate = join(root, 'gate')
  await writeFile(path, `#!/bin/sh\nGATE='${gate}'\n${body}\n`)
  await chmod(path, 0o755)
  let folders = 0
  return {
    root,
    settings: {path, target: 'vcenter.example.test/DC0', user: 'administrator@vsphere.local', password: PASSWORD},
    async folder() {
      const folder = join(root, `change-${(folders += 1)}`)
      await mkdir(folder, {mode: 0o700})
      return folder
    },
    open: () => writeFile(gate, ''),
    remove: () => rm(root, {recursive: true, force: true}),
  }
}

/** Waits until something is so; the test's own time limit ends it otherwise. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(10)
}

/** A process lives as long as its folder in /proc does, and is no zombie. */
export function lives(pid: number): boolean {
  return existsSync(`/proc/${pid}/exe`) && existsSync(`/proc/${pid}/cwd`)
}

import {existsSync} from 'node:fs'
import {stat} from 'node:fs/promises'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

import {programFile} from '../../src/model/installation.js'
import {makeInitrd} from '../../src/sandbox/vm/boot/make-initrd.js'
import {fetchKernel, type GuestKernel} from '../../src/sandbox/vm/kernel/fetch-kernel.js'
import {needPackages} from './debian-packages.js'
import {PACKAGES} from './packages.js'
import {privateCache, removeOld} from './private-cache.js'
import {filesBelow, stateOf} from './server-image-state.js'

const SOURCES = [
  ...['boot', 'kernel'].map((name) => fileURLToPath(new URL(`../../src/sandbox/vm/${name}`, import.meta.url))),
  programFile('src/sandbox/vm/guest'),
]
/** Programs of this machine that go into the initial RAM disk. */
const PROGRAMS = ['/bin/busybox', '/usr/bin/perl']

/** What every container VM boots from, the same for all of them. */
export interface VmBootFiles {
  readonly kernel: GuestKernel
  readonly initrd: string
}

/**
 * Debian's kernel, and its initial RAM disk, which is made once for each state of what it is made of.
 * @throws Error when this is not root on Debian
 */
export async function vmBootFiles(): Promise<VmBootFiles> {
  await needPackages(PACKAGES.containerVms)
  const cache = await privateCache('vm')
  const kernel = await fetchKernel(cache)
  const programs = await Promise.all(PROGRAMS.map((file) => stat(file)))
  const sources = (await Promise.all(SOURCES.map(filesBelow))).flat()
  const state = await stateOf(sources, kernel.modules, ...programs.map(({size, mtimeMs}) => `${size} ${mtimeMs}`))
  const initrd = path.join(cache, `initrd-${state}`)
  if (existsSync(initrd)) return {kernel, initrd}
  await removeOld(cache, 'initrd-')
  await makeInitrd(kernel, initrd)
  return {kernel, initrd}
}

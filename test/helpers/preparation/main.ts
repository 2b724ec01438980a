// Prepares this machine for test files: argv are they and what they import, as paths below test/.
import {readFileSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

import {missingPackages, needPackages, packagesObstacle} from '../debian-packages.js'
import {dockerClient} from '../docker-client.js'
import {prepareDockerEngine} from '../docker-engine.js'
import {registryPackage} from '../docker-registry.js'
import {PACKAGES} from '../packages.js'
import {serverImageDisk} from '../server-image-disk.js'
import {vmBootFiles} from '../vm-boot-files.js'

const TESTS = fileURLToPath(new URL('../..', import.meta.url))

interface Step {
  /** A file that imports this helper needs it. */
  readonly helper: string
  readonly what: string
  readonly make: () => Promise<unknown>
}

/**
 * Steps side by side; those in one row follow each other, as those must that may need new package lists: of two that
 * make them at once apt-get refuses one.
 */
const ROWS: readonly (readonly Step[])[] = [
  [
    {helper: 'helpers/vm-boot-files.ts', what: 'the kernel of container VMs', make: vmBootFiles},
    {helper: 'helpers/docker-client.ts', what: "Debian's docker CLI", make: dockerClient},
    {helper: 'helpers/docker-registry.ts', what: "Debian's docker-registry", make: registryPackage},
  ],
  [
    {helper: 'helpers/docker-engine.ts', what: 'the server image on a Docker Engine', make: prepareDockerEngine},
    {helper: 'helpers/server-image-disk.ts', what: 'the disk of the server image', make: serverImageDisk},
  ],
]

/** Names of sets in packages.ts that the files speak of. */
function packagesFor(files: readonly string[]): readonly string[] {
  const texts = files
    .filter((file) => file !== 'helpers/packages.ts')
    .map((file) => readFileSync(path.join(TESTS, file)))
  const named = texts.flatMap((text) => [...String(text).matchAll(/\bPACKAGES\.(\w+)/g)].map(([, name]) => name))
  return [...new Set(Object.entries(PACKAGES).flatMap(([name, packages]) => (named.includes(name) ? packages : [])))]
}

async function narrated(what: string, work: () => Promise<unknown>): Promise<void> {
  const beganMs = performance.now()
  process.stderr.write(`preparing ${what}\n`)
  await work()
  process.stderr.write(`prepared ${what} (${((performance.now() - beganMs) / 1000).toFixed(1)} s)\n`)
}

const files = process.argv.slice(2)
if (packagesObstacle() === undefined) {
  const packages = packagesFor(files)
  const missing = await missingPackages(packages)
  if (missing.length > 0) await narrated(`packages of Debian: ${missing.join(', ')}`, () => needPackages(packages))
  const rows = ROWS.map((row) => row.filter(({helper}) => files.includes(helper)))
  await Promise.all(
    rows.map(async (row) => {
      for (const {what, make} of row) await narrated(what, make)
    }),
  )
}

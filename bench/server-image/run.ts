// Measures our image beside the original's settings, in the same container VM, and prints one JSON document.
import {readFile} from 'node:fs/promises'
import {fileURLToPath} from 'node:url'

import {openDockerEngine} from '../../test/helpers/docker-engine.js'
import {openVmWorld} from '../../test/helpers/container-vm.js'
import {bash, runIn} from '../../test/e2e/vm/in-vm.js'
import {FOLDER, measureServer, type Figures, type Subject} from './measure-server.js'

const ROUNDS = 3
const HERE = fileURLToPath(new URL('.', import.meta.url))
const SUBJECTS: readonly Subject[] = [
  {name: 'ours', args: ['/bin/bash', '/etc/rc.local'], env: {REQUIRE_MOUNT: '1'}},
  {name: 'original', args: ['/bin/bash', '/opt/original.sh'], env: {}},
]

async function imageSizes(): Promise<Record<string, number>> {
  const engine = await openDockerEngine()
  try {
    const ours = await engine.buildServerImage()
    const args = [
      'build',
      '-q',
      '--build-arg',
      `BASE=${engine.baseImage}`,
      '-t',
      'bench-original',
      '-f',
      'original.dockerfile',
      HERE,
    ]
    args[args.indexOf('original.dockerfile')] = `${HERE}original.dockerfile`
    await engine.dockerSays(...args)
    const sizeOf = async (image: string) =>
      Number(await engine.dockerSays('image', 'inspect', '-f', '{{.Size}}', image)) / 1e6
    return {ours: await sizeOf(ours), original: await sizeOf('bench-original')}
  } finally {
    await engine.close()
  }
}

async function measure(): Promise<Record<string, Figures[]>> {
  const world = await openVmWorld()
  try {
    const volume = await world.volume('data', {sizeMib: 512})
    const server = await world.boot({host: 2, mounts: [{volume, target: FOLDER}], staysUp: true})
    const consumer = await world.boot({host: 3, staysUp: true})
    await runIn(server, {args: ['tee', '/opt/original.sh']}, await readFile(`${HERE}original.sh`))
    await bash(consumer, 'modprobe nfs')
    const place = {server, consumer, address: world.network.address(2)}
    const figures: Record<string, Figures[]> = {ours: [], original: []}
    for (let round = 0; round <= ROUNDS; round += 1) {
      for (const subject of round % 2 === 0 ? SUBJECTS : [...SUBJECTS].reverse()) {
        process.stderr.write(`round ${round}: ${subject.name}\n`)
        const taken = await measureServer(place, subject)
        if (round > 0) figures[subject.name]?.push(taken)
      }
    }
    return figures
  } finally {
    await world.close()
  }
}

const sizes = await imageSizes()
process.stdout.write(`${JSON.stringify({sizes, rounds: ROUNDS, figures: await measure()})}\n`)

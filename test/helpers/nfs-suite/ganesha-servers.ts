import {openDockerEngine, type DockerEngine} from '../docker-engine.js'
import {untilServerReady} from '../until-server-ready.js'
import {isParked, OPEN, type NfsServers, type NfsSubject, type Settings} from './subject.js'

const EXPORT_FOLDER = '/home/nfs'
const NETWORK = 'nfs-suite'
const CAPABILITIES = ['--cap-add', 'DAC_READ_SEARCH', '--cap-add', 'SYS_ADMIN']

interface Container {
  readonly name: string
  readonly address: string
  readonly image: string
}

async function launch(engine: DockerEngine, {name, address, image}: Container, settings: Settings): Promise<void> {
  const env = Object.entries({NFS_BACKEND: 'ganesha', REQUIRE_MOUNT: '1', EXPORT_OPTS: OPEN, ...settings})
  const words = env.flatMap(([key, value]) => ['--env', `${key}=${value}`])
  const volume = isParked(settings) ? [] : ['--volume', `${name}:${EXPORT_FOLDER}`]
  const place = ['--network', NETWORK, '--ip', address, ...volume]
  await engine.dockerSays('run', '--detach', '--name', name, ...CAPABILITIES, ...place, ...words, image)
  await untilServerReady(engine, name)
}

async function openSubject(engine: DockerEngine, container: Container, settings: Settings): Promise<NfsSubject> {
  const {name, address} = container
  const dockerSays = (...args: readonly string[]) => engine.dockerSays(...args)
  await dockerSays('volume', 'create', name)
  await launch(engine, container, settings)
  return {
    ...{host: address, portmapPort: 111, path: EXPORT_FOLDER},
    shell: async (command) => {
      const ended = await engine.docker(['exec', '--workdir', EXPORT_FOLDER, name, 'sh', '-c', command])
      if (ended.exitCode !== 0) throw new Error(`${command}: ${ended.stderr}`)
      return ended.stdout
    },
    kill: async () => {
      await dockerSays('kill', name)
      await dockerSays('wait', name)
    },
    start: async () => {
      await dockerSays('start', name)
      await untilServerReady(engine, name)
    },
    recreate: async (wanted) => {
      await dockerSays('rm', '--force', name)
      await launch(engine, container, wanted)
    },
    close: async () => {
      await dockerSays('rm', '--force', '--volumes', name)
      await dockerSays('volume', 'rm', name)
    },
  }
}

/** NFS-Ganesha in the server image, each server a container with a volume and an address of its own. */
export async function openGaneshaServers(): Promise<NfsServers> {
  const engine = await openDockerEngine()
  try {
    const image = await engine.buildServerImage()
    const subnet = engine.subnet(1)
    await engine.dockerSays('network', 'create', '--subnet', subnet.cidr, NETWORK)
    let count = 0
    return {
      open(settings = {}) {
        count += 1
        return openSubject(engine, {name: `nfs-suite-${count}`, address: subnet.address(9 + count), image}, settings)
      },
      close: () => engine.close(),
    }
  } catch (error) {
    await engine.close()
    throw error
  }
}

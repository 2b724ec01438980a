import type {Check} from '../../model/check.js'
import type {VchInfo} from '../../vch/vch-api.js'
import {supportedTraits} from '../registration/releases.js'
import type {ExamineContext} from './context.js'
import type {DockerSide} from './examine-adapters.js'
import type {DockerSights} from './sights.js'
import {check, failed, needed, notAsked, ok, warning, type Verdict} from './verdict.js'

/** The version that a VCH speaks, and so the one that vicnfs asks every API in. */
const VCH_API = '1.25'

function tlsVerdict({endpoint, warnings}: DockerSide): Verdict {
  const {protocol, verify, tlsFolder} = endpoint
  if (protocol === 'unix') return ok('A unix socket needs none; its file permissions say who may use it.')
  if (protocol === 'http') {
    return warning('None: whoever reaches this address commands everything behind it.', {
      advice: 'Make the VCH with TLS, or keep the network to yourself.',
    })
  }
  const own = tlsFolder === undefined ? 'without a client certificate' : `with the files in ${tlsFolder}`
  const [first] = warnings
  if (!verify) return warning(first ?? `The certificate of ${endpoint.text} is not checked, ${own}.`)
  return first === undefined ? ok(`TLS, the server's certificate checked, ${own}.`) : warning(first)
}

function kindVerdict(info: VchInfo, isConsumer: boolean): Verdict {
  if (info.kind === 'vch') {
    supportedTraits(info.version, 'The VCH')
    return ok(`The VCH "${info.name}" of VIC ${info.version}.`)
  }
  const what = `A plain Docker Engine, "${info.name}", ${info.version}`
  return isConsumer
    ? warning(`${what}: it can serve a volume, but has no volume stores to register it as.`, {
        code: 'VN-NOT-A-VCH',
        fix: ['export VICNFS_CONSUMER_HOST=HOST:2376'],
      })
    : ok(`${what}: it can serve a volume to a VCH.`)
}

async function versionVerdict(sights: DockerSights): Promise<Verdict> {
  const {api} = await sights.side()
  const versions = await api.apiVersions?.(sights.call)
  if (versions === undefined) return notAsked('This API does not say its version.')
  const number = (text: string): number => Number(text.split('.')[0]) * 1000 + Number(text.split('.')[1] ?? 0)
  if (versions.oldest !== undefined && number(versions.oldest) > number(VCH_API)) {
    return failed(`It takes ${versions.oldest} and newer only, and vicnfs speaks the ${VCH_API} of a VCH.`, {
      code: 'VN-VCH-UNSUPPORTED',
    })
  }
  return number(versions.newest) < number(VCH_API)
    ? warning(`${versions.newest}, older than the ${VCH_API} of a VCH: some calls may be missing.`)
    : ok(`${versions.newest}${versions.oldest === undefined ? '' : `, from ${versions.oldest} on`}.`)
}

async function examineSide(
  sights: DockerSights,
  options: {readonly id: string; readonly who: string; readonly isConsumer: boolean},
): Promise<Check[]> {
  const {id, who, isConsumer} = options
  const info = () => needed(sights.info(), 'It does not answer.')
  const side = () => needed(sights.side(), 'It is not known where it is.')
  return Promise.all([
    check(`docker.${id}.endpoint`, `${who}: address`, async () => {
      const {endpoint} = await sights.side()
      // A consumer that is named by itself is a host to whoever finds the endpoint.
      const named = id === 'consumer' && endpoint.origin === '--host'
      return ok(`${endpoint.text}, from ${named ? '--consumer-host' : endpoint.origin}.`)
    }),
    check(`docker.${id}.tls`, `${who}: TLS`, async () => tlsVerdict(await side())),
    check(`docker.${id}.answers`, `${who}: answers`, async () => {
      await side()
      await sights.info()
      return ok('It answers.')
    }),
    check(`docker.${id}.kind`, `${who}: kind`, async () => kindVerdict(await info(), isConsumer)),
    check(`docker.${id}.running`, `${who}: port layer`, async () => {
      const {running, kind} = await info()
      if (kind === 'docker-engine') return ok('A Docker Engine has none.')
      if (running) return ok('RUNNING.')
      return failed('It does not answer; it is starting, or fails again and again.', {code: 'VN-VCH-PORT-LAYER-DOWN'})
    }),
    check(`docker.${id}.version`, `${who}: version`, async () => {
      await info()
      return versionVerdict(sights)
    }),
  ])
}

/** The Docker API of the server VCH, and that of the consumer VCH where it is another one. */
export async function examineDockerApis({adapters, sights}: ExamineContext): Promise<Check[]> {
  if (!adapters.split) return examineSide(sights.server, {id: 'vch', who: 'VCH', isConsumer: true})
  const sides = await Promise.all([
    examineSide(sights.server, {id: 'server', who: 'Server VCH', isConsumer: false}),
    examineSide(sights.consumer, {id: 'consumer', who: 'Consumer VCH', isConsumer: true}),
  ])
  return sides.flat()
}

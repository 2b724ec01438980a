import {once} from '../../engine/once.js'
import type {Check} from '../../model/check.js'
import {dockerCommand} from '../../model/docker-command.js'
import type {ErrorCode} from '../../model/error-table.js'
import {shellQuote} from '../../model/redaction.js'
import {ringText} from '../../model/serving-ring.js'
import {shareUrl} from '../../model/share.js'
import {traitsOf} from '../../model/vic-version.js'
import {isOfThisMachine} from '../preflight-url.js'
import type {RingSight} from '../registration/serving-ring.js'
import {exposeCommand} from '../share/expose-command.js'
import type {ServerContainer} from '../share/find-server.js'
import {exchangeVerdict} from './change-under-way.js'
import {releaseOf, WITHOUT_SERVER, type ExamineContext} from './context.js'
import {examineParked, storesOn} from './parked.js'
import {placeOfContainer} from './places.js'
import {ringBetween} from './ring-between.js'
import {check, failed, needed, notAsked, ok, sentenceOf, warning, type Verdict} from './verdict.js'

async function loops(context: ExamineContext): Promise<boolean> {
  return traitsOf((await releaseOf(context)) ?? '').bootLoop
}

async function runningVerdict(context: ExamineContext, server: ServerContainer): Promise<Verdict> {
  const {container, request} = server
  if (container.state === 'running') return ok(`"${container.name}" is running.`)
  const stores = await storesOn(context, server)
  const state = `"${container.name}" is not running (${container.rawState})`
  const fix = [exposeCommand(request)]
  if (stores === undefined) {
    return warning(`${state}; it is not known from here whether a VCH lists its share.`, {
      fix,
      advice: 'From VIC 1.5.2 on a VCH that does would not boot.',
    })
  }
  if (stores.length === 0) return warning(`${state}; the consumer VCH does not list its share.`, {fix})
  const labels = stores.map(({label}) => `"${label}"`).join(', ')
  const danger = (await loops(context)) ? 'its next boot would loop' : 'its next boot would leave it out'
  return failed(`${state}, and the consumer VCH lists its share as ${labels}: ${danger}.`, {
    code: 'VN-SERVER-DOWN',
    fix,
  })
}

async function mountableVerdict(context: ExamineContext, server: ServerContainer): Promise<Verdict> {
  const {sights} = context
  const place = placeOfContainer(server)
  if (server.container.state !== 'running') return notAsked('Its server container is not running.')
  if (place.host === '') return failed('Its server container has no address yet.', {code: 'VN-SHARE-UNREADABLE'})
  const report = await sights.ladder(place)
  const url = shareUrl(place)
  if (report.passed) return ok(`${url} can be mounted now.`)
  const rung = report.rungs.find(({state}) => state === 'failed')
  const isRemote = isOfThisMachine(rung?.code)
  const {endpoint} = (await sights.server.side()).api
  return failed(
    `${url} cannot be mounted: ${rung?.title ?? 'a rung'} failed: ${sentenceOf(rung?.finding ?? 'no word why')}`,
    {
      ...(rung?.code === undefined ? {} : {code: rung.code as ErrorCode}),
      fix: [
        dockerCommand(endpoint, ['logs', server.container.name]),
        ...(isRemote ? [shellQuote(['vicnfs', 'preflight', url, '--from', 'vch'])] : []),
      ],
    },
  )
}

/** Two VCHs that serve each other do not boot after a power failure of both. */
async function otherVerdict(ringSight: () => Promise<RingSight>, labels: string): Promise<Verdict> {
  const other = `It is ${labels} of another VCH than the one that serves it`
  const {ring, unknown} = await ringSight()
  if (unknown !== undefined) return ok(`${other}. ${unknown}`)
  if (ring === undefined) return ok(`${other}.`)
  return warning(`${other}, and they serve each other: ${ringText(ring.vchs)}. ${ring.known}`, {
    code: 'VN-SERVE-EACH-OTHER',
    advice:
      'If they ever do not boot, power the VMs of their server containers on in vSphere (their names begin with "vicnfs-").',
  })
}

async function hostedVerdict(
  context: ExamineContext,
  server: ServerContainer,
  ringSight: () => Promise<RingSight>,
): Promise<Verdict> {
  const stores = await storesOn(context, server)
  if (stores === undefined) return notAsked('It could not be read from vic-machine who lists the share.')
  if (stores.length === 0) return ok('The consumer VCH does not list it.')
  const labels = stores.map(({label}) => `"${label}"`).join(', ')
  const isOwn = await needed(context.sights.selfHosted(), WITHOUT_SERVER)
  if (!isOwn) return otherVerdict(ringSight, labels)
  if (!(await loops(context))) return ok(`It is ${labels} of its own VCH, which boots without it, too.`)
  return warning(`It is ${labels} of its own VCH, which boots only while the server container runs.`, {
    code: 'VN-SELF-HOSTED',
    advice: `If the VCH ever does not boot, power the container VM "${server.container.name}" on in vSphere.`,
  })
}

/** Every server container of ours on the server VCH. */
export async function examineShares(context: ExamineContext): Promise<Check[]> {
  const title = 'Server containers'
  const seen = await needed(context.sights.server.servers(), WITHOUT_SERVER).catch((error: unknown) => error as Error)
  if (seen instanceof Error) return [await check('shares.servers', title, () => Promise.reject(seen))]
  const exchange = await check('shares.exchange', 'Exchange of a server', () => exchangeVerdict(context))
  const parked = await examineParked(context)
  const ringSight = once(() => ringBetween(context))
  const checks = seen.map(async (server) => {
    const {name} = server.request
    return Promise.all([
      check(`shares.running.${name}`, `Server of "${name}"`, () => runningVerdict(context, server)),
      check(`shares.mountable.${name}`, `Share "${name}"`, () => mountableVerdict(context, server)),
      check(`shares.hosted.${name}`, `Consumer of "${name}"`, () => hostedVerdict(context, server, ringSight)),
    ])
  })
  const all = [...(await Promise.all(checks)).flat(), ...parked]
  const none = all.length > 0 ? [] : [await check('shares.servers', title, () => ok('There are none of ours.'))]
  return [...none, ...all, exchange]
}

import type {Check} from '../../model/check.js'
import {dockerCommand} from '../../model/docker-command.js'
import type {ErrorCode} from '../../model/error-table.js'
import {shellQuote} from '../../model/redaction.js'
import {LABELS, shareUrl} from '../../model/share.js'
import {traitsOf} from '../../model/vic-version.js'
import type {VolumeStore} from '../../model/volume-store.js'
import {isOfThisMachine} from '../preflight-url.js'
import {exposeCommand} from '../share/expose-command.js'
import type {ServerContainer} from '../share/find-server.js'
import {releaseOf, WITHOUT_SERVER, type ExamineContext} from './context.js'
import {isServerOf, placeOfContainer} from './places.js'
import {check, failed, needed, notAsked, ok, sentenceOf, warning, type Verdict} from './verdict.js'

/** How a server container says that it only keeps an address alive (DESIGN § 2, "park"). */
const ROLE_PARKED = 'parked'

/** The stores that need a server; undefined where vic-machine could not be asked. */
async function storesOn({sights}: ExamineContext, server: ServerContainer): Promise<VolumeStore[] | undefined> {
  const stores = await sights.nfsStores().catch(() => undefined)
  return stores?.filter((store) => isServerOf(server, store))
}

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

async function hostedVerdict(context: ExamineContext, server: ServerContainer): Promise<Verdict> {
  const stores = await storesOn(context, server)
  if (stores === undefined) return notAsked('It could not be read from vic-machine who lists the share.')
  if (stores.length === 0) return ok('The consumer VCH does not list it.')
  const labels = stores.map(({label}) => `"${label}"`).join(', ')
  const isOwn = await needed(context.sights.selfHosted(), WITHOUT_SERVER)
  if (!isOwn) return ok(`It is ${labels} of another VCH than the one that serves it.`)
  if (!(await loops(context))) return ok(`It is ${labels} of its own VCH, which boots without it, too.`)
  return warning(`It is ${labels} of its own VCH, which boots only while the server container runs.`, {
    code: 'VN-SELF-HOSTED',
    advice: `If the VCH ever does not boot, power the container VM "${server.container.name}" on in vSphere.`,
  })
}

/** Servers that were parked, and whose address nobody needs any more. */
async function parkedChecks(context: ExamineContext): Promise<Check[]> {
  const {sights} = context
  const {api} = await sights.server.side()
  const parked = await api.listContainers({labels: [`${LABELS.role}=${ROLE_PARKED}`]}, sights.server.call)
  return Promise.all(
    parked.map(({id, name, labels, state}) =>
      check(`shares.parked.${name}`, `Parked server "${name}"`, async () => {
        const share = labels[LABELS.share] ?? name
        const stores = await sights.nfsStores().catch(() => undefined)
        const container = await api.inspectContainer(id, sights.server.call)
        const addresses = Object.values(container?.addresses ?? {})
        const listed = stores?.filter(({host}) => addresses.includes(host)).map(({label}) => `"${label}"`)
        if (listed === undefined) return notAsked('It could not be read from vic-machine who lists its address.')
        if (listed.length === 0) {
          return warning('The consumer VCH does not list its address any more, so it is of no use there.', {
            fix: [shellQuote(['vicnfs', 'teardown', share])],
          })
        }
        if (state === 'running') return ok(`It keeps ${listed.join(', ')} mountable, without data.`)
        return failed(`It is not running, and the consumer VCH lists its address as ${listed.join(', ')}.`, {
          code: 'VN-SERVER-DOWN',
          fix: [dockerCommand(api.endpoint, ['start', name])],
        })
      }),
    ),
  )
}

/** Every server container of ours on the server VCH. */
export async function examineShares(context: ExamineContext): Promise<Check[]> {
  const title = 'Server containers'
  const seen = await needed(context.sights.server.servers(), WITHOUT_SERVER).catch((error: unknown) => error as Error)
  if (seen instanceof Error) return [await check('shares.servers', title, () => Promise.reject(seen))]
  const parked = await parkedChecks(context)
  const checks = seen.map(async (server) => {
    const {name} = server.request
    return Promise.all([
      check(`shares.running.${name}`, `Server of "${name}"`, () => runningVerdict(context, server)),
      check(`shares.mountable.${name}`, `Share "${name}"`, () => mountableVerdict(context, server)),
      check(`shares.hosted.${name}`, `Consumer of "${name}"`, () => hostedVerdict(context, server)),
    ])
  })
  const all = [...(await Promise.all(checks)).flat(), ...parked]
  return all.length > 0 ? all : [await check('shares.servers', title, () => ok('There are none of ours.'))]
}

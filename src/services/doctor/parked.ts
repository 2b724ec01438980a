import type {Check} from '../../model/check.js'
import {recordIsAbout, type RecordedConsumer} from '../../model/consumer-record.js'
import {dockerCommand} from '../../model/docker-command.js'
import type {ErrorCode} from '../../model/error-table.js'
import {shellQuote} from '../../model/redaction.js'
import type {VolumeStore} from '../../model/volume-store.js'
import {serveCommand} from '../exchange/parkable.js'
import {serversOf, type ParkedContainer, type ServerContainer} from '../share/find-server.js'
import type {ExamineContext} from './context.js'
import {placeOfContainer} from './places.js'
import {check, failed, ok, sentenceOf, warning, type Verdict} from './verdict.js'

/** The stores that need a server; undefined where vic-machine could not be asked. */
export async function storesOn(
  {sights, signal}: ExamineContext,
  server: ServerContainer | ParkedContainer,
): Promise<VolumeStore[] | undefined> {
  const stores = await sights.nfsStores().catch(() => undefined)
  if (stores === undefined) return undefined
  const on = await Promise.all(stores.map((store) => serversOf([server], store, {signal})))
  return stores.filter((_, index) => on[index]?.length === 1)
}

/** The VCHs that may need a parked server, in words: what was asked, and what its records say of those that were not. */
async function neededFor(
  context: ExamineContext,
  parked: ParkedContainer,
): Promise<{readonly listed: readonly string[] | undefined; readonly recorded: readonly string[]}> {
  const {sights} = context
  const {records = []} = parked
  const listed = (await storesOn(context, parked))?.map(({label}) => `"${label}"`)
  const named = ({record}: RecordedConsumer): string => `"${record.label}" of "${record.vchName}"`
  const [identity, access] = [
    await sights.identity().catch(() => undefined),
    await sights.access().catch(() => undefined),
  ]
  if (listed === undefined || identity === undefined || access === undefined) {
    return {listed: undefined, recorded: records.map(named)}
  }
  const endpoint = await sights.consumer.side().then(
    (side) => side.endpoint.text,
    () => '',
  )
  const vch = {vcenter: access.vcenter, vchId: identity.id, endpoint}
  return {listed, recorded: records.filter(({record}) => !recordIsAbout(record, vch)).map(named)}
}

function purpose({listed = [], recorded}: Awaited<ReturnType<typeof neededFor>>): string {
  const known = listed.length === 0 ? [] : [`the consumer VCH lists it as ${listed.join(', ')}`]
  const said = recorded.length === 0 ? [] : [`by its records it is ${recorded.join(', ')}, which was not asked`]
  return [...known, ...said].join('; ')
}

/** An empty server at the address of a share: whether it serves, and whether anybody still needs it. */
async function parkedVerdict(context: ExamineContext, parked: ParkedContainer): Promise<Verdict> {
  const {sights} = context
  const {container, request, records} = parked
  const needed = await neededFor(context, parked)
  const why = purpose(needed)
  const fix = [serveCommand(parked)]
  if (records === undefined && why === '') {
    return warning('Its records cannot be understood, so it is not known who needs it; a newer vicnfs may know.')
  }
  if (why === '') {
    if (needed.listed === undefined)
      return warning('It has no records, and vic-machine could not be asked who needs it.')
    return warning('The consumer VCH does not list its address any more, so it is of no use there.', {
      fix: [shellQuote(['vicnfs', 'teardown', request.name])],
    })
  }
  if (container.state !== 'running') {
    return failed(`It is not running (${container.rawState}); ${why}.`, {code: 'VN-SERVER-DOWN', fix})
  }
  const report = await sights.ladder(placeOfContainer(parked))
  const volumes = await sights.server.volumes()
  if (report.passed && !request.scratch && !volumes.some(({name}) => name === request.name)) {
    return warning(
      `It can be mounted; ${why}. The volume "${request.name}" is not there any more, so its data is gone.`,
    )
  }
  if (report.passed) return ok(`It can be mounted, without data; ${why}.`)
  const rung = report.rungs.find(({state}) => state === 'failed')
  const {endpoint} = (await sights.server.side()).api
  return failed(`It runs and cannot be mounted, although ${why}: ${sentenceOf(rung?.finding ?? 'no rung says why')}`, {
    code: (rung?.code ?? 'VN-NFS-NOT-READY') as ErrorCode,
    fix: [dockerCommand(endpoint, ['logs', container.name])],
  })
}

/** Every parked server of ours on the server VCH. */
export async function examineParked(context: ExamineContext): Promise<Check[]> {
  const parked = await context.sights.server.parked()
  return Promise.all(
    parked.map((each) =>
      check(`shares.parked.${each.container.name}`, `Parked server "${each.container.name}"`, () =>
        parkedVerdict(context, each),
      ),
    ),
  )
}

import {sideBySide} from '../../../engine/side-by-side.js'
import type {ShareAddress} from '../../../nfs/preflight/report.js'
import {shellQuote} from '../../../model/redaction.js'
import {withUndoFailures} from '../../../engine/work.js'
import {VicnfsError} from '../../../model/vicnfs-error.js'
import type {VchApi} from '../../../vch/vch-api.js'
import type {ConsumerVch} from '../../registration/identify-consumer.js'
import {admitShare} from '../../registration/find-share.js'
import {passPreflightOf} from '../../registration/pass-preflight.js'
import type {Registration, RegisterWish} from '../../registration/register-wish.js'
import {makeShareDirectory, placeInDirectory} from '../../registration/share-directory.js'
import {exposeCommand} from '../../share/expose-command.js'
import type {RunbookShare} from '../../../runbook/runbook.js'
import {lookImageOf} from '../from-vch.js'
import {askedOnce} from '../survey/asked-once.js'
import {quietWork} from '../survey/quiet-work.js'
import {addsOf, failVch, noteFailure, openConsumers, vchLane, isStopped, type ApplyRun} from './apply-state.js'
import {vchsOf, type SurveyedConsumer, type SurveyedStore} from '../survey/survey-stores.js'

/** The command that starts the server container of a share again, looking at it as this run does. */
function startCommandOf({adapters, options}: ApplyRun, {request, vch}: RunbookShare, consumer: string): string {
  const from = options.fromVch === true ? ' --from vch' : ''
  const keys = options.fromVch === true ? {server: vch, consumer} : {server: vch}
  return adapters.commands.command(`${exposeCommand(request)}${from}`, keys)
}

/** A store of a share that is up. @throws VN-RUNBOOK-FAILED when its share is not */
export function wishFor(run: ApplyRun, consumer: string, store: SurveyedStore): RegisterWish {
  const {share} = store.share
  const exposed = run.exposed.get(share.key)
  if (exposed === undefined) {
    throw new VicnfsError('VN-RUNBOOK-FAILED', `The share "${share.key}" is not up, so "${consumer}" is left alone.`, {
      reason: 'All stores of a VCH are registered by one configure, so that it restarts once.',
    })
  }
  const root: ShareAddress = exposed.share.place
  const {directory: name, label} = store
  const within = name === undefined ? {place: root} : {place: placeInDirectory(root, name), directory: {name, root}}
  return {
    label,
    ...within,
    share: exposed.share.name,
    startCommand: startCommandOf(run, share, consumer),
    selfHosted: share.vch === consumer,
  }
}

/** Everything that is to be on a VCH; what is there already included, since it is asked for, too. */
export function registrationFor(run: ApplyRun, consumer: SurveyedConsumer): Registration {
  const {verify} = run.scope.runbook
  const wishes = consumer.stores.map((store) => wishFor(run, consumer.key, store))
  const [first] = consumer.stores
  const proofImage = verify === undefined ? undefined : (verify.image ?? first?.share.share.request.image)
  const {consents, command, fromVch} = run.options
  const image = fromVch === true ? lookImageOf(run.scope, consumer.key) : undefined
  return {
    wishes,
    consents,
    command,
    ...(image === undefined ? {} : {fromVch: {image}}),
    ...(proofImage === undefined ? {} : {proofImage}),
  }
}

async function preflightOf(run: ApplyRun, consumer: SurveyedConsumer, vch: ConsumerVch): Promise<void> {
  const {key} = consumer
  const id = `preflight/${key}`
  const registration = registrationFor(run, consumer)
  const added = new Set(addsOf(consumer).map(({label}) => label))
  await run.work.step(id, `Preflight of ${added.size} new store(s) of "${key}"`, async (step) => {
    const {work, unwind} = vchLane(run, key, id)
    const askedApi = askedEach(run)
    const onTitle = (title: string): void => step.progress(`${key}: ${title}`)
    try {
      for (const store of consumer.stores.filter(({label}) => added.has(label))) {
        const wish = registration.wishes.find(({label}) => label === store.label) as RegisterWish
        const server = store.share.share.vch
        const pair = run.adapters.pair(server, key)
        const root = wish.directory?.root ?? wish.place
        const found = {place: root, ...(wish.share === undefined ? {} : {share: wish.share})}
        const asking = {...pair, consumer: askedApi(key), server: askedApi(server)}
        // Whether VCHs would serve each other the survey has looked at, over all of them.
        const ring = (): Promise<undefined> => Promise.resolve(undefined)
        const {label} = wish
        const {consents} = registration
        await admitShare(asking, vch, {found, label, consents, again: shellQuote(run.options.command), work, ring})
        if (wish.directory !== undefined) {
          await makeShareDirectory(pair, root, {name: wish.directory.name, keys: vch.keys, work})
        }
        // A container of the VCH tells each rung by a line of its own.
        const looking = run.options.fromVch === true ? quietWork(work, {onTitle}) : work
        await passPreflightOf(pair, wish, {work: looking, registration})
      }
      step.note('every share can be mounted')
    } catch (error) {
      throw withUndoFailures(error, await unwind())
    }
  })
}

/** Each Docker API, asked each question once: many stores have the same servers and networks. */
function askedEach(run: ApplyRun): (key: string) => VchApi {
  const known = new Map<string, VchApi>()
  return (key) => {
    const api = known.get(key) ?? askedOnce(run.adapters.one(key).server)
    known.set(key, api)
    return api
  }
}

/** All new stores of all VCHs pass their preflight before the first VCH is touched (S3). */
export async function passPreflights(run: ApplyRun): Promise<void> {
  await sideBySide(openConsumers(run), run.options.parallel, async (consumer) => {
    const {key, vch} = consumer
    if (isStopped(run) || vch === undefined) return
    try {
      if (addsOf(consumer).length > 0) await preflightOf(run, consumer, vch)
      else registrationFor(run, consumer)
    } catch (thrown) {
      failVch(run, key, noteFailure(run, thrown, vchsOf(consumer)))
    }
  })
}

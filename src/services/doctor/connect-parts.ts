import {openJournal} from '../../journal/journal.js'
import {stateDirectory} from '../../journal/state-directory.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {Endpoint} from '../../vch/endpoint/endpoint.js'
import type {VicMachineAccess} from '../adapters.js'
import {
  nfsAccess,
  openVicMachine,
  resolveVchs,
  type ConnectTools,
  type ConnectWish,
  type VicMachineWish,
} from '../connect.js'
import type {DockerSide, ExamineAdapters} from './examine-adapters.js'

type PartsWish = Omit<ConnectWish, 'limits'> & Pick<ExamineAdapters, 'limits'>
type PartsTools = Pick<ConnectTools, 'environment' | 'signal' | 'askSecret'>

async function sideOf(find: () => Promise<Endpoint>, warnings: readonly string[]): Promise<DockerSide> {
  const {connectVch} = await import('../../vch/connect.js')
  const endpoint = await find()
  return {api: await connectVch(endpoint), endpoint, warnings}
}

/** Finds one of the two Docker APIs, with the warnings that are about it alone. */
async function openSide(side: 'server' | 'consumer', wish: PartsWish, tools: PartsTools): Promise<DockerSide> {
  const warnings: string[] = []
  const vchs = await resolveVchs(wish, {
    ...tools,
    onEvent(event) {
      if (event.type === 'note') warnings.push(event.text)
    },
  })
  return sideOf(vchs[side], warnings)
}

async function askInstaller(
  wish: PartsWish,
  options: {readonly signal: AbortSignal; readonly timeoutMs: number},
): Promise<{path: string; version: string}> {
  const {path: program = '', target = '', user = ''} = wish.vicMachine
  if (program === '') {
    throw new VicnfsError('VN-SETTING-MISSING', 'No vic-machine is set.', {
      reason:
        'Serving a volume needs none; registering a store does. Neither --vic-machine nor VICNFS_VIC_MACHINE says it.',
      tries: ['export VICNFS_VIC_MACHINE=/path/to/vic-machine-linux'],
    })
  }
  const {locateVicMachine} = await import('../../vic-machine/locate-vic-machine.js')
  const {createVicMachine} = await import('../../vic-machine/vic-machine.js')
  const path = await locateVicMachine(program)
  // `version` logs in nowhere, so it needs no password.
  return {path, version: await createVicMachine({path, target, user, password: ''}).version(options)}
}

/** A login can be tried without a VCH; that none is named is found where one is needed. */
function selecting(wish: VicMachineWish): VicMachineWish {
  return wish.vchName === undefined && wish.vchId === undefined ? {...wish, vchName: ''} : wish
}

/**
 * Connects what there is, each part by itself, so that one that is missing or wrong hides none of the others.
 * @throws VN-SETTING-BAD for a portmap port that is none
 */
export async function connectParts(wish: PartsWish, tools: PartsTools): Promise<ExamineAdapters> {
  const {environment, signal} = tools
  const {sameEndpoint} = await import('../../vch/endpoint/same-endpoint.js')
  const split = wish.consumer.host !== undefined
  const directory = stateDirectory(environment)
  const secrets: string[] = []
  let [server, consumer]: (Promise<DockerSide> | undefined)[] = []
  let access: Promise<VicMachineAccess> | undefined
  const openServer = () => (server ??= openSide('server', wish, tools))
  return {
    split,
    server: openServer,
    consumer: split ? () => (consumer ??= openSide('consumer', wish, tools)) : openServer,
    sameEndpoint: (a, b, options) => sameEndpoint(a, b, {signal: options.signal ?? signal}),
    installer: (options) => askInstaller(wish, options),
    vicMachine: () => (access ??= openVicMachine(selecting(wish.vicMachine), tools, secrets)),
    nfs: nfsAccess(environment),
    journal: openJournal(directory, {secrets}),
    stateDirectory: directory,
    limits: wish.limits,
  }
}

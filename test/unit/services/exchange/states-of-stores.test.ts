import {VicnfsError} from '../../../../src/model/vicnfs-error.js'
import {examine} from '../../../../src/services/diagnose.js'
import {moveShare} from '../../../../src/services/move-share.js'
import {registerStore} from '../../../../src/services/register-store.js'
import {rollbackRegistration} from '../../../../src/services/rollback-registration.js'
import {statusOf} from '../../../../src/services/share-status.js'
import {verifyStore} from '../../../../src/services/verify-store.js'
import {dockerSide, listOne} from '../../../helpers/doctor-world.js'
import type {ExchangeWorld} from '../../../helpers/exchange-world.js'
import {describeShareTable, type ShareCommand} from '../../../helpers/share-table.js'
import {CONSENTS, teardown} from '../../../helpers/teardown-world.js'

/** Everything that a look may not change; a ladder that is only read is no change. */
async function everything({adapters, did, files}: ExchangeWorld): Promise<string> {
  const done = did.filter((line) => !line.startsWith('preflight'))
  return JSON.stringify([(await adapters.journal.read()).entries.length, done, [...files.keys()]])
}

/** Which side an endpoint is, however it is spelt; any other is a VCH of its own. */
const sideOf = (endpoint: string): string => /consumer|server/.exec(endpoint)?.[0] ?? endpoint

/** Both only look: what they find worst, and that it has changed nothing. */
async function look(world: ExchangeWorld): Promise<string> {
  const {adapters} = world
  const before = await everything(world)
  const {verdict} = await statusOf({}, adapters, {})
  const access = await adapters.vicMachine()
  const parts = {
    ...adapters,
    split: true,
    server: () => Promise.resolve(dockerSide(adapters.server, adapters.server.endpoint)),
    consumer: () => Promise.resolve(dockerSide(adapters.consumer, adapters.consumer.endpoint)),
    sameEndpoint: (a: string, b: string) => Promise.resolve(sideOf(a) === sideOf(b)),
    installer: () => Promise.resolve({path: '/bin/vic-machine', version: '1.5.8'}),
    vicMachine: () => Promise.resolve({...access, program: {...access.program, list: listOne}}),
  }
  const {groups} = await examine({version: '0.0.0', image: 'vicnfs/server:1'}, parts, {environment: {}})
  const about = groups.filter(({id}) => ['shares', 'stores', 'volumes', 'vch'].includes(id))
  const states = new Set(about.flatMap(({checks}) => checks.map(({state}) => state)))
  const worst = (['failed', 'warning'] as const).find((state) => states.has(state)) ?? 'ok'
  return (await everything(world)) === before ? `${verdict} ${worst}` : 'changed something'
}

const COMMANDS: Readonly<Record<string, ShareCommand>> = {
  'status, doctor': look,
  'teardown --label': async (world) => {
    const {outcome, data} = await teardown(world, {target: {label: 'nfs-store'}})
    return `${outcome} ${data}`
  },
  'register-store': async ({adapters}) => {
    const wish = {label: 'nfs-store', from: {share: 'nfs-vol'}, consents: CONSENTS, dryRun: false}
    return (await registerStore(wish, adapters, {})).outcome
  },
  verify: async ({adapters}) => {
    await verifyStore({label: 'nfs-store', image: 'image:1', requireNonRoot: false}, adapters, {})
    return 'proven'
  },
  rollback: async ({adapters}) =>
    (await rollbackRegistration({consents: CONSENTS, dryRun: false}, adapters, {})).outcome,
  'move-share, whose copy fails': async ({adapters}) => {
    const wish = {volume: 'nfs-vol', to: {name: 'larger', create: true}, consents: CONSENTS}
    const transferShare = (): Promise<never> =>
      Promise.reject(new VicnfsError('VN-MOVE-FAILED', 'It could not be copied.'))
    return (await moveShare(wish, {...adapters, nfs: {...adapters.nfs, transferShare}}, {})).outcome
  },
}

const LINES = `
  no volume                                          | ok ok          | VN-STORE-UNKNOWN    | VN-SHARE-NO-SERVER     | VN-STORE-UNKNOWN    | VN-NOT-REMOVABLE    | VN-SHARE-NO-SERVER
  volume only                                        | ok ok          | VN-STORE-UNKNOWN    | VN-SHARE-NO-SERVER     | VN-STORE-UNKNOWN    | VN-NOT-REMOVABLE    | VN-SHARE-NO-SERVER
  volume with a container of somebody                | ok ok          | VN-STORE-UNKNOWN    | VN-SHARE-NO-SERVER     | VN-STORE-UNKNOWN    | VN-NOT-REMOVABLE    | VN-SHARE-NO-SERVER
  served                                             | drift ok       | VN-STORE-UNKNOWN    | registered             | VN-STORE-UNKNOWN    | VN-NOT-REMOVABLE    | VN-MOVE-FAILED
  served, with a client connected                    | drift ok       | VN-STORE-UNKNOWN    | registered             | VN-STORE-UNKNOWN    | VN-NOT-REMOVABLE    | VN-IN-USE
  served, and stopped                                | drift warning  | VN-STORE-UNKNOWN    | VN-SERVER-DOWN         | VN-STORE-UNKNOWN    | VN-NOT-REMOVABLE    | VN-SERVER-DOWN
  served, another VCH on record                      | ok ok          | VN-STORE-UNKNOWN    | VN-OTHER-CONSUMER      | VN-STORE-UNKNOWN    | VN-NOT-REMOVABLE    | VN-OTHER-CONSUMER
  registered                                         | ok ok          | removed kept        | unchanged              | VN-VERIFY-FAILED    | rolled-back         | VN-MOVE-FAILED
  registered, with a volume in use                   | ok ok          | VN-IN-USE           | unchanged              | VN-VERIFY-FAILED    | VN-IN-USE           | VN-IN-USE
  registered, with a container at rest               | ok ok          | VN-IN-USE           | unchanged              | VN-VERIFY-FAILED    | VN-IN-USE           | VN-MOVE-FAILED
  registered, and stopped                            | danger failed  | removed kept        | VN-SERVER-DOWN         | VN-VERIFY-FAILED    | rolled-back         | VN-SERVER-DOWN
  registered, server gone                            | danger failed  | VN-NOT-REMOVABLE    | VN-SHARE-NO-SERVER     | VN-VERIFY-FAILED    | rolled-back         | VN-SHARE-NO-SERVER
  registered, server gone, seen from another machine | danger failed  | VN-SHARE-NO-SERVER  | VN-SHARE-NO-SERVER     | VN-VERIFY-FAILED    | VN-NOT-REMOVABLE    | VN-SHARE-NO-SERVER
  registered, server gone, somebody on the volume    | danger failed  | VN-NOT-REMOVABLE    | VN-SHARE-NO-SERVER     | VN-VERIFY-FAILED    | rolled-back         | VN-SHARE-NO-SERVER
  registered in a directory                          | ok ok          | removed kept        | VN-PLAN-REFUSED        | VN-VERIFY-FAILED    | rolled-back         | VN-MOVE-FAILED
  registered by hand                                 | drift warning  | VN-NOT-REMOVABLE    | unchanged              | VN-VERIFY-FAILED    | VN-NOT-REMOVABLE    | VN-MOVE-FAILED
  recorded, and registered no more                   | drift ok       | removed kept        | registered             | VN-STORE-UNKNOWN    | unchanged           | VN-MOVE-FAILED
  registered for good                                | ok ok          | VN-NOT-REMOVABLE    | unchanged              | VN-VERIFY-FAILED    | VN-NOT-REMOVABLE    | VN-MOVE-FAILED
  registered for good, with a volume in use          | ok ok          | VN-NOT-REMOVABLE    | unchanged              | VN-VERIFY-FAILED    | VN-NOT-REMOVABLE    | VN-IN-USE
  registered for good, with a container at rest      | ok ok          | VN-NOT-REMOVABLE    | unchanged              | VN-VERIFY-FAILED    | VN-NOT-REMOVABLE    | VN-MOVE-FAILED
  registered for good, with a client connected       | ok ok          | VN-NOT-REMOVABLE    | unchanged              | VN-VERIFY-FAILED    | VN-NOT-REMOVABLE    | VN-IN-USE
  registered for good, at an address of the network  | ok ok          | VN-NOT-REMOVABLE    | unchanged              | VN-VERIFY-FAILED    | VN-NOT-REMOVABLE    | VN-NOT-PARKABLE
  registered for good, and at another address now    | danger failed  | VN-NOT-REMOVABLE    | VN-PLAN-REFUSED        | VN-VERIFY-FAILED    | VN-NOT-REMOVABLE    | VN-MOVE-FAILED
  registered for good, and left out at the last boot | drift failed   | VN-NOT-REMOVABLE    | VN-STORE-NOT-ONLINE    | VN-STORE-UNKNOWN    | VN-NOT-REMOVABLE    | VN-MOVE-FAILED
  registered for good, the record gone               | drift warning  | VN-NOT-REMOVABLE    | unchanged              | VN-VERIFY-FAILED    | VN-NOT-REMOVABLE    | VN-MOVE-FAILED
  registered for good, seen from another machine     | ok ok          | VN-NOT-REMOVABLE    | unchanged              | VN-VERIFY-FAILED    | VN-NOT-REMOVABLE    | VN-MOVE-FAILED
  registered for good, the stores not to be read     | ok failed      | VN-VICMACHINE-LOGIN | VN-VICMACHINE-LOGIN    | VN-VICMACHINE-LOGIN | VN-VICMACHINE-LOGIN | VN-VICMACHINE-LOGIN
  registered for good, another VCH on record         | ok ok          | VN-OTHER-CONSUMER   | VN-ROOT-OR-DIRECTORIES | VN-VERIFY-FAILED    | VN-NOT-REMOVABLE    | VN-OTHER-CONSUMER
  parked                                             | parked ok      | VN-NOT-REMOVABLE    | VN-PARKED              | VN-PARKED           | VN-NOT-REMOVABLE    | VN-PARKED
  parked, and stopped                                | danger failed  | VN-NOT-REMOVABLE    | VN-PARKED              | VN-PARKED           | VN-NOT-REMOVABLE    | VN-PARKED
  parked, its volume in use elsewhere                | parked ok      | VN-NOT-REMOVABLE    | VN-PARKED              | VN-PARKED           | VN-NOT-REMOVABLE    | VN-PARKED
  parked, its volume gone                            | drift warning  | VN-NOT-REMOVABLE    | VN-PARKED              | VN-PARKED           | VN-NOT-REMOVABLE    | VN-PARKED
  parked, no longer a store                          | parked warning | removed kept        | VN-PARKED              | VN-PARKED           | VN-NOT-REMOVABLE    | VN-PARKED
  parked, another VCH on record                      | parked ok      | VN-OTHER-CONSUMER   | VN-PARKED              | VN-PARKED           | VN-NOT-REMOVABLE    | VN-PARKED
  parking cut off, old server stopped                | danger failed  | VN-NOT-REMOVABLE    | VN-SERVER-DOWN         | VN-VERIFY-FAILED    | VN-NOT-REMOVABLE    | VN-MOVE-FAILED
  parking cut off, address empty                     | danger failed  | VN-NOT-REMOVABLE    | VN-SHARE-NO-SERVER     | VN-VERIFY-FAILED    | VN-NOT-REMOVABLE    | VN-MOVE-FAILED
  parking cut off, new server made                   | danger failed  | VN-NOT-REMOVABLE    | VN-PARKED              | VN-PARKED           | VN-NOT-REMOVABLE    | VN-PARKED
  un-parking cut off, address empty                  | danger failed  | VN-NOT-REMOVABLE    | VN-SHARE-NO-SERVER     | VN-VERIFY-FAILED    | VN-NOT-REMOVABLE    | VN-PARKED
  replacing cut off, new server made                 | danger failed  | VN-NOT-REMOVABLE    | VN-SERVER-DOWN         | VN-VERIFY-FAILED    | VN-NOT-REMOVABLE    | VN-MOVE-FAILED
`

describeShareTable('every state of a share and every command on its stores', {commands: COMMANDS, lines: LINES})

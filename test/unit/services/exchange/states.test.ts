import {expect, it} from '@jest/globals'
import {emptyAddresses, exposeIn, type ExchangeWorld} from '../../../helpers/exchange-world.js'
import {SHARE_STATES} from '../../../helpers/share-states.js'
import {describeShareTable, type ShareCommand} from '../../../helpers/share-table.js'
import {teardown} from '../../../helpers/teardown-world.js'

const RECREATE = {recreate: {deleteVolume: false}}
const takeDown =
  (options: Parameters<typeof teardown>[1] = {}): ShareCommand =>
  async (world) => {
    const {outcome, data} = await teardown(world, options)
    return `${outcome} ${data}`
  }
const exposed =
  (options: Parameters<typeof exposeIn>[1] = {}): ShareCommand =>
  async (world: ExchangeWorld) =>
    (await exposeIn(world, options)).outcome

const COMMANDS = {
  teardown: takeDown(),
  'teardown --park': takeDown({park: true}),
  'expose-volume': exposed(),
  'expose-volume --recreate': exposed(RECREATE),
  'expose-volume --recreate --uid 7': exposed({...RECREATE, parts: {uid: 7, gid: 7}}),
  'teardown --delete-volume --confirm': takeDown({deleteVolume: true, confirm: 'nfs-vol'}),
}

const LINES = `
  no volume                                          | unchanged none      | unchanged none      | VN-SHARE-NO-VOLUME | VN-SHARE-NO-VOLUME  | VN-SHARE-NO-VOLUME  | unchanged none
  volume only                                        | unchanged kept      | unchanged kept      | created            | created             | created             | removed deleted
  volume with a container of somebody                | unchanged kept      | unchanged kept      | VN-SHARE-FOREIGN   | VN-SHARE-FOREIGN    | VN-SHARE-FOREIGN    | removed deleted
  served                                             | removed kept        | removed kept        | unchanged          | recreated           | recreated           | removed deleted
  served, with a client connected                    | VN-IN-USE           | VN-IN-USE           | unchanged          | VN-IN-USE           | VN-IN-USE           | VN-IN-USE
  served, and stopped                                | VN-SERVER-DOWN      | VN-SERVER-DOWN      | started            | VN-SERVER-DOWN      | VN-SERVER-DOWN      | VN-SERVER-DOWN
  served, another VCH on record                      | VN-OTHER-CONSUMER   | VN-OTHER-CONSUMER   | unchanged          | VN-OTHER-CONSUMER   | VN-OTHER-CONSUMER   | VN-OTHER-CONSUMER
  registered                                         | removed kept        | parked kept         | unchanged          | recreated           | VN-EXCHANGE-BREAKS  | removed deleted
  registered, with a volume in use                   | VN-IN-USE           | VN-IN-USE           | unchanged          | VN-IN-USE           | VN-EXCHANGE-BREAKS  | VN-IN-USE
  registered, with a container at rest               | VN-IN-USE           | parked kept         | unchanged          | recreated           | VN-EXCHANGE-BREAKS  | VN-IN-USE
  registered, and stopped                            | removed kept        | VN-SERVER-DOWN      | started            | recreated           | VN-EXCHANGE-BREAKS  | removed deleted
  registered, server gone                            | VN-NOT-REMOVABLE    | VN-NOT-REMOVABLE    | created            | created             | created             | VN-NOT-REMOVABLE
  registered, server gone, seen from another machine | VN-NOT-REMOVABLE    | VN-NOT-REMOVABLE    | created            | created             | created             | VN-NOT-REMOVABLE
  registered, server gone, somebody on the volume    | VN-NOT-REMOVABLE    | VN-NOT-REMOVABLE    | VN-SHARE-FOREIGN   | VN-SHARE-FOREIGN    | VN-SHARE-FOREIGN    | VN-NOT-REMOVABLE
  registered in a directory                          | removed kept        | parked kept         | unchanged          | recreated           | VN-EXCHANGE-BREAKS  | removed deleted
  registered by hand                                 | VN-NOT-REMOVABLE    | parked kept         | unchanged          | recreated           | VN-EXCHANGE-BREAKS  | VN-NOT-REMOVABLE
  recorded, and registered no more                   | removed kept        | removed kept        | unchanged          | recreated           | recreated           | removed deleted
  registered for good                                | VN-NOT-REMOVABLE    | parked kept         | unchanged          | recreated           | VN-EXCHANGE-BREAKS  | VN-NOT-REMOVABLE
  registered for good, with a volume in use          | VN-NOT-REMOVABLE    | VN-IN-USE           | unchanged          | VN-IN-USE           | VN-EXCHANGE-BREAKS  | VN-NOT-REMOVABLE
  registered for good, with a container at rest      | VN-NOT-REMOVABLE    | parked kept         | unchanged          | recreated           | VN-EXCHANGE-BREAKS  | VN-NOT-REMOVABLE
  registered for good, with a client connected       | VN-NOT-REMOVABLE    | VN-IN-USE           | unchanged          | VN-IN-USE           | VN-EXCHANGE-BREAKS  | VN-NOT-REMOVABLE
  registered for good, at an address of the network  | VN-NOT-REMOVABLE    | VN-NOT-PARKABLE     | unchanged          | VN-NOT-PARKABLE     | VN-EXCHANGE-BREAKS  | VN-NOT-REMOVABLE
  registered for good, and at another address now    | VN-NOT-REMOVABLE    | parked kept         | unchanged          | recreated           | VN-EXCHANGE-BREAKS  | VN-NOT-REMOVABLE
  registered for good, and left out at the last boot | VN-NOT-REMOVABLE    | parked kept         | unchanged          | recreated           | VN-EXCHANGE-BREAKS  | VN-NOT-REMOVABLE
  registered for good, the record gone               | VN-NOT-REMOVABLE    | parked kept         | unchanged          | recreated           | VN-EXCHANGE-BREAKS  | VN-NOT-REMOVABLE
  registered for good, seen from another machine     | VN-NOT-REMOVABLE    | parked kept         | unchanged          | recreated           | VN-EXCHANGE-BREAKS  | VN-NOT-REMOVABLE
  registered for good, the stores not to be read     | VN-VICMACHINE-LOGIN | VN-VICMACHINE-LOGIN | unchanged          | VN-VICMACHINE-LOGIN | VN-VICMACHINE-LOGIN | VN-VICMACHINE-LOGIN
  registered for good, another VCH on record         | VN-OTHER-CONSUMER   | VN-OTHER-CONSUMER   | unchanged          | VN-OTHER-CONSUMER   | VN-OTHER-CONSUMER   | VN-OTHER-CONSUMER
  parked                                             | VN-NOT-REMOVABLE    | unchanged kept      | unparked           | unparked            | VN-SHARE-DIFFERS    | VN-NOT-REMOVABLE
  parked, and stopped                                | VN-NOT-REMOVABLE    | parked kept         | unparked           | unparked            | VN-SHARE-DIFFERS    | VN-NOT-REMOVABLE
  parked, its volume in use elsewhere                | VN-NOT-REMOVABLE    | unchanged kept      | VN-SHARE-FOREIGN   | VN-SHARE-FOREIGN    | VN-SHARE-DIFFERS    | VN-NOT-REMOVABLE
  parked, its volume gone                            | VN-NOT-REMOVABLE    | unchanged none      | VN-SHARE-NO-VOLUME | VN-SHARE-NO-VOLUME  | VN-SHARE-DIFFERS    | VN-NOT-REMOVABLE
  parked, no longer a store                          | removed kept        | unchanged kept      | unparked           | unparked            | VN-SHARE-DIFFERS    | removed deleted
  parked, another VCH on record                      | VN-OTHER-CONSUMER   | unchanged kept      | unparked           | unparked            | VN-SHARE-DIFFERS    | VN-OTHER-CONSUMER
  parking cut off, old server stopped                | VN-NOT-REMOVABLE    | parked kept         | unchanged          | recreated           | VN-EXCHANGE-BREAKS  | VN-NOT-REMOVABLE
  parking cut off, address empty                     | VN-NOT-REMOVABLE    | parked kept         | unchanged          | recreated           | VN-EXCHANGE-BREAKS  | VN-NOT-REMOVABLE
  parking cut off, new server made                   | VN-NOT-REMOVABLE    | unchanged kept      | unparked           | unparked            | VN-SHARE-DIFFERS    | VN-NOT-REMOVABLE
  un-parking cut off, address empty                  | VN-NOT-REMOVABLE    | unchanged kept      | unparked           | unparked            | VN-SHARE-DIFFERS    | VN-NOT-REMOVABLE
  replacing cut off, new server made                 | VN-NOT-REMOVABLE    | parked kept         | unchanged          | recreated           | VN-EXCHANGE-BREAKS  | VN-NOT-REMOVABLE
`

const TITLE = 'every state of a share and every command that serves it or takes it down'

describeShareTable(TITLE, {commands: COMMANDS, lines: LINES}, (world) => {
  it('control: a store whose server is taken away by hand is seen as one', async () => {
    await SHARE_STATES['registered for good']?.(world())
    expect(emptyAddresses(world())).toEqual([])
    world().containers.clear()
    expect(emptyAddresses(world())).toHaveLength(1)
  })

  it.each(['teardown --park', 'expose-volume --recreate'] as const)(
    'a server that lost the address of its store has it again after %s',
    async (command) => {
      await SHARE_STATES['registered for good, and at another address now']?.(world())
      expect(emptyAddresses(world())).toHaveLength(1)
      await COMMANDS[command](world())
      expect(emptyAddresses(world())).toEqual([])
    },
  )
})

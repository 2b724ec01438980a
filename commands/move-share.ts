import {Args} from '@oclif/core'

import {BaseCommand} from '../src/cli/base-command.js'
import {connectFlags, toConnectWish, toConsents} from '../src/cli/connect-flags.js'
import {consentFlags} from '../src/cli/flags.js'
import {moveText} from '../src/cli/result-text.js'
import {toVolumeWish, volumeFlags} from '../src/cli/volume-flags.js'
import {connectAdapters} from '../src/services/connect.js'
import {moveShare, type MoveResult} from '../src/services/move-share.js'

export default class MoveShare extends BaseCommand {
  static override summary =
    'Move a share to another, mostly larger volume: copied through NFS, served at the same address'

  static override description = `Serves the new volume at an address of its own, copies everything through NFS with owners, permissions, links and times, compares both, and then has the new server take the place of the old one: same address, same folder, so the stores on it stay as they are. Containers on the share must be stopped meanwhile, and started afterwards, also when the move fails and says that the share is served as before (with --json: servedAsBefore among the details of the error). Access control lists and extended attributes, which NFSv3 does not carry, are not copied.

The volume to move to must be empty. The old volume keeps its data. Until the last moment the share is served as before; a move that was cut off goes on where it was.`

  static override examples = ['<%= config.bin %> <%= command.id %> projects projects-2 --create --capacity 50GB --yes']

  static override args = {
    volume: Args.string({description: 'The volume of the share', required: true}),
    to: Args.string({description: 'The volume that the share moves to', required: true}),
  }

  static override flags = {
    create: volumeFlags.create,
    capacity: volumeFlags.capacity,
    'volume-store': volumeFlags['volume-store'],
    ...connectFlags,
    yes: consentFlags.yes,
    'reset-progress': consentFlags['reset-progress'],
    'no-rollback': consentFlags['no-rollback'],
  }

  async run(): Promise<MoveResult> {
    const {args, flags} = await this.parse(MoveShare)
    return this.runService(
      async (tools) => {
        const {volume: to} = toVolumeWish(args.to, flags)
        const adapters = await connectAdapters(toConnectWish(flags), {...tools, environment: process.env})
        return moveShare({volume: args.volume, to, consents: toConsents(flags)}, adapters, tools)
      },
      {render: moveText, showTimings: true},
    )
  }
}

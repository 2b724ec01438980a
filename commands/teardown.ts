import {Args, Flags} from '@oclif/core'

import {BaseCommand} from '../src/cli/base-command.js'
import {connectFlags, toConnectWish, toConsents} from '../src/cli/connect-flags.js'
import {confirmFlag, consentFlags} from '../src/cli/flags.js'
import {teardownText} from '../src/cli/result-text.js'
import {toTeardownTarget} from '../src/cli/volume-flags.js'
import {connectAdapters} from '../src/services/connect.js'
import {teardownShare, type TeardownResult} from '../src/services/teardown-share.js'

export default class Teardown extends BaseCommand {
  static override summary =
    'Take a share down, or park it: un-register it, remove its server container, keep the volume'

  static override description = `Finds out which VCH uses the share, refuses while containers use it, un-registers it by rollback where that is possible, and only then stops and removes the server container. The volume and its data stay.

vic-machine cannot remove a store; only the last configure of a VCH can be rolled back, from VIC 1.5.3 on. Where it cannot, the share goes on being served: without it the VCH would not boot. With --park an empty server takes its place at the same address instead: the VCH goes on booting, and the volume can be attached elsewhere until expose-volume serves it again.`

  static override examples = [
    '<%= config.bin %> <%= command.id %> nfs-vol --yes',
    '<%= config.bin %> <%= command.id %> --label nfs-store --yes',
    '<%= config.bin %> <%= command.id %> nfs-vol --park',
    '<%= config.bin %> <%= command.id %> build-cache --delete-volume --confirm build-cache',
  ]

  static override args = {volume: Args.string({description: 'The volume (or scratch space) of the share'})}

  static override flags = {
    label: Flags.string({summary: 'The share behind this volume store, instead of its volume', helpGroup: 'SHARE'}),
    ...connectFlags,
    yes: consentFlags.yes,
    park: consentFlags.park,
    'reset-progress': consentFlags['reset-progress'],
    'no-rollback': consentFlags['no-rollback'],
    'delete-volume': consentFlags['delete-volume'],
    ...confirmFlag,
  }

  async run(): Promise<TeardownResult> {
    const {args, flags} = await this.parse(Teardown)
    return this.runService(
      async (tools) => {
        const target = toTeardownTarget(args.volume, flags.label)
        const adapters = await connectAdapters(toConnectWish(flags), {...tools, environment: process.env})
        const confirm = flags.confirm === undefined ? {} : {confirm: flags.confirm}
        const {park, 'delete-volume': deleteVolume} = flags
        return teardownShare({target, consents: toConsents(flags), park, deleteVolume, ...confirm}, adapters, tools)
      },
      {render: (result) => this.textHere(teardownText(result))},
    )
  }
}

import {Args, Flags} from '@oclif/core'

import {BaseCommand} from '../src/cli/base-command.js'
import {connectFlags, toConnectWish, toConsents} from '../src/cli/connect-flags.js'
import {consentFlags, recreateFlags, registerConsentFlags, toRecreate} from '../src/cli/flags.js'
import {exposeText} from '../src/cli/result-text.js'
import {fromFlag, shareFlags, toFromVch, toShareRequest} from '../src/cli/share-flags.js'
import {toVolumeWish, volumeFlags} from '../src/cli/volume-flags.js'
import {connectAdapters} from '../src/services/connect.js'
import {exposeVolume, type ExposeResult} from '../src/services/expose-volume.js'

export default class ExposeVolume extends BaseCommand {
  static override summary = 'Make a volume mountable over NFS, and with --register a volume store of a VCH'

  static override description = `Makes sure that the volume exists, starts (or adopts) its NFS server container, waits until the share can really be mounted, and prints its URL.

Where this machine cannot reach the share, --from vch has containers of the consumer VCH look at it, which is the server VCH unless another one is named.

Without --register no vSphere setting is needed. What is there already is left as it is: run it as often as you like. A parked share is served again, and with --recreate a server container is exchanged for one with the settings that are asked for now.`

  static override examples = [
    '<%= config.bin %> <%= command.id %> nfs-vol --create --capacity 5GB --network storage-net',
    '<%= config.bin %> <%= command.id %> nfs-vol --register nfs-store --consumer-host vch2.example.com:2376 --vch vch2 --yes',
    '<%= config.bin %> <%= command.id %> nfs-vol --from vch --consumer-host vch2.example.com:2376',
    '<%= config.bin %> <%= command.id %> --scratch build-cache --network storage-net',
  ]

  static override args = {volume: Args.string({description: 'The volume to share'})}

  static override flags = {
    ...volumeFlags,
    ...shareFlags,
    from: fromFlag('SHARE'),
    register: Flags.string({
      summary: 'Register the share as a volume store of this label, and prove it',
      helpGroup: 'CONSUMER',
      helpValue: '<label>',
    }),
    ...connectFlags,
    yes: consentFlags.yes,
    'allow-self-hosted': consentFlags['allow-self-hosted'],
    'address-reserved': consentFlags['address-reserved'],
    'adopt-store': consentFlags['adopt-store'],
    recreate: consentFlags.recreate,
    'delete-volume': recreateFlags['delete-volume'],
    confirm: recreateFlags.confirm,
    'reset-progress': registerConsentFlags['reset-progress'],
    'no-rollback': consentFlags['no-rollback'],
  }

  async run(): Promise<ExposeResult> {
    const {args, flags} = await this.parse(ExposeVolume)
    return this.runService(
      async (tools) => {
        const {name, scratch, volume} = toVolumeWish(args.volume, flags)
        const adapters = await connectAdapters(toConnectWish(flags), {...tools, environment: process.env})
        const register =
          flags.register === undefined ? {} : {register: {label: flags.register, consents: toConsents(flags)}}
        const request = toShareRequest(flags, {name, scratch})
        const options = {request, volume, ...register, ...toRecreate(flags), ...toFromVch(flags)}
        return exposeVolume(options, adapters, tools)
      },
      {render: exposeText, showTimings: flags.register !== undefined},
    )
  }
}

import {Args, Flags} from '@oclif/core'

import {BaseCommand} from '../src/cli/base-command.js'
import {consumerFlags, serverFlags, timeFlags, toConsumerSettings, toServerSettings} from '../src/cli/flags.js'
import {preflightText} from '../src/cli/result-text.js'
import {shareFlags} from '../src/cli/share-flags.js'
import {connectConsumer, nfsAccess} from '../src/services/connect.js'
import {preflightUrlFromVch} from '../src/services/preflight-from-vch.js'
import {preflightUrl} from '../src/services/preflight-url.js'

type Result = Awaited<ReturnType<typeof preflightUrl> | ReturnType<typeof preflightUrlFromVch>>

export default class Preflight extends BaseCommand {
  static override summary = 'Replay the RPC calls that a VCH makes to bring an NFS store online'

  static override description = `Climbs the ladder of a booting VCH from this machine, rung by rung, with a deadline and a time for each: portmap on TCP 111, mountd, MNT, nfsd, FSINFO, MKDIR of "volumes" and "volumes_metadata", UMNT, the same again with LOOKUP and READDIRPLUS, and MNT of a sub-folder as container VMs do. The rung that fails is the diagnosis.

With --from vch a one-shot container of the server image climbs it on the consumer VCH, then mounts the share with its own kernel and VIC's options, and writes, reads back and removes a file. It needs no route from here. The container is removed in every case.

With --read-only nothing is made on the share.`

  static override examples = [
    "<%= config.bin %> <%= command.id %> 'nfs://10.0.0.9/exports/data?uid=0&gid=0'",
    "<%= config.bin %> <%= command.id %> 'nfs://10.0.0.9/exports/data?uid=0&gid=0' --from vch --consumer-host vch2.example.com:2376",
  ]

  static override args = {url: Args.string({description: 'nfs://host/path?uid=0&gid=0', required: true})}

  static override flags = {
    from: Flags.option({options: ['here', 'vch'] as const})({
      summary: 'Where the ladder is climbed: on this machine, or in a container of the consumer VCH',
      default: 'here' as const,
    }),
    'read-only': Flags.boolean({summary: 'Stop before anything is made on the share'}),
    image: shareFlags.image,
    network: Flags.string({summary: 'Network of the container (default: the bridge)', helpGroup: 'CONSUMER'}),
    ...serverFlags,
    ...consumerFlags,
    'ready-timeout': timeFlags['ready-timeout'],
    'step-timeout': timeFlags['step-timeout'],
  }

  async run(): Promise<Result> {
    const {args, flags} = await this.parse(Preflight)
    const {
      image,
      network,
      'read-only': readOnly,
      'ready-timeout': readyTimeoutMs,
      'step-timeout': stepTimeoutMs,
    } = flags
    const here = {url: args.url, readOnly, stepTimeoutMs}
    return this.runService<Result>(
      async (tools) => {
        const {env: environment} = process
        if (flags.from === 'here') return preflightUrl(here, {nfs: nfsAccess(environment)}, tools)
        const limits = {readyTimeoutMs, stepTimeoutMs}
        const wish = {server: toServerSettings(flags), consumer: toConsumerSettings(flags), limits}
        const adapters = await connectConsumer(wish, {...tools, environment})
        const check = {url: args.url, readOnly, image, ...(network === undefined ? {} : {network})}
        return preflightUrlFromVch(check, adapters, tools)
      },
      {render: preflightText},
    )
  }
}

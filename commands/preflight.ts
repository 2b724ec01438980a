import {Args, Flags} from '@oclif/core'

import {BaseCommand} from '../src/cli/base-command.js'
import {timeFlags} from '../src/cli/flags.js'
import {preflightText} from '../src/cli/result-text.js'
import {nfsAccess} from '../src/services/connect.js'
import {preflightUrl} from '../src/services/preflight-url.js'
import type {PreflightReport} from '../src/services/preflight-url.js'

export default class Preflight extends BaseCommand {
  static override summary = 'Replay the RPC calls that a VCH makes to bring an NFS store online'

  static override description = `Climbs the ladder of a booting VCH from this machine, rung by rung, with a deadline and a time for each: portmap on TCP 111, mountd, MNT, nfsd, FSINFO, MKDIR of "volumes" and "volumes_metadata", UMNT, the same again with LOOKUP and READDIRPLUS, and MNT of a sub-folder as container VMs do. The rung that fails is the diagnosis.

With --read-only nothing is made on the share.`

  static override examples = ["<%= config.bin %> <%= command.id %> 'nfs://10.0.0.9/exports/data?uid=0&gid=0'"]

  static override args = {url: Args.string({description: 'nfs://host/path?uid=0&gid=0', required: true})}

  static override flags = {
    'read-only': Flags.boolean({summary: 'Stop before anything is made on the share'}),
    'step-timeout': timeFlags['step-timeout'],
  }

  async run(): Promise<PreflightReport> {
    const {args, flags} = await this.parse(Preflight)
    const options = {url: args.url, readOnly: flags['read-only'], stepTimeoutMs: flags['step-timeout']}
    return this.runService((tools) => preflightUrl(options, {nfs: nfsAccess(process.env)}, tools), {
      render: preflightText,
    })
  }
}

import {Args, Flags} from '@oclif/core'

import {BaseCommand} from '../src/cli/base-command.js'
import {connectFlags, toConnectWish} from '../src/cli/connect-flags.js'
import {proofText} from '../src/cli/proof-text.js'
import {shareFlags} from '../src/cli/share-flags.js'
import {connectAdapters} from '../src/services/connect.js'
import {verifyStore} from '../src/services/verify-store.js'
import type {Proof} from '../src/services/verification/prove-store.js'

export default class Verify extends BaseCommand {
  static override summary = 'Prove that two containers share data through a volume store'

  static override description = `Container A writes to a new volume of the store, container B reads it and writes back, A reads that; both write at the same time, each to a file of its own, and to one file by turns; 16 MiB are compared by their checksum; the mount is the one that VIC makes. A third container, which does not run as root, tries to write. Everything made for the proof is removed, also after Ctrl-C.

--json has each check as evidence: proven, failed, or not-proven where this engine cannot show it.

File locks are not shared between containers: VIC mounts with nolock.`

  static override examples = ['<%= config.bin %> <%= command.id %> nfs-store']

  static override args = {label: Args.string({description: 'Label of the volume store', required: true})}

  static override flags = {
    image: shareFlags.image,
    network: Flags.string({summary: 'Network of the two containers (default: the bridge)', helpGroup: 'CONSUMER'}),
    'require-non-root': Flags.boolean({summary: 'Fail when a container that is not root cannot write'}),
    ...connectFlags,
  }

  async run(): Promise<Proof> {
    const {args, flags} = await this.parse(Verify)
    return this.runService(
      async (tools) => {
        const adapters = await connectAdapters(toConnectWish(flags), {...tools, environment: process.env})
        const network = flags.network === undefined ? {} : {network: flags.network}
        const wish = {label: args.label, image: flags.image, requireNonRoot: flags['require-non-root'], ...network}
        return verifyStore(wish, adapters, tools)
      },
      {render: proofText},
    )
  }
}

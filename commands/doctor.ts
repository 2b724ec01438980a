import {BaseCommand} from '../src/cli/base-command.js'
import {connectFlags, toConnectWish} from '../src/cli/connect-flags.js'
import {doctorText} from '../src/cli/doctor-text.js'
import {shareFlags} from '../src/cli/share-flags.js'
import {connectParts, examine, type Examination} from '../src/services/diagnose.js'

const {'ready-timeout': _ready, 'vch-timeout': _vch, ...flags} = connectFlags

export default class Doctor extends BaseCommand {
  static override summary = 'Look at the whole environment and say what is wrong, and what to do about it'

  static override description = `Tools, vSphere login, the VCH, its Docker API, networks, ports, the server image, shares, registered NFS stores, and the volumes on them: each check with what was seen, and with the way out where there is one. Above all it finds what the next boot of a VCH would stumble over, while the VCH still runs.

Nothing is changed and no lock is taken. What is not set or does not answer turns its own checks into "not asked"; the others go on. A login that vCenter refuses is tried once.

The exit code is 0 without a failed check, and 1 with one. With --quiet only warnings and failed checks are shown.`

  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --quiet',
    '<%= config.bin %> <%= command.id %> --host vch1.example.com:2376 --consumer-host vch2.example.com:2376 --json',
  ]

  static override flags = {image: shareFlags.image, ...flags}

  async run(): Promise<Examination> {
    const {flags: given} = await this.parse(Doctor)
    const {look} = this
    return this.runService(
      async (tools) => {
        const {env: environment} = process
        const wish = toConnectWish({...given, 'ready-timeout': 0, 'vch-timeout': 0})
        const adapters = await connectParts(wish, {...tools, environment})
        return examine({version: this.config.version, image: given.image}, adapters, tools)
      },
      {
        render: (found) => doctorText(found, {look, onlyTrouble: given.quiet}),
        exitCode: ({healthy}) => (healthy ? 0 : 1),
      },
    )
  }
}

import {Args} from '@oclif/core'

import {BaseCommand} from '../src/cli/base-command.js'
import {explainText} from '../src/cli/explain-text.js'
import {explainError, type ExplainResult} from '../src/services/explain.js'

export default class Explain extends BaseCommand {
  static override summary = 'Explain an error by its code: why it happens, what to do, what it says about the VCH'

  static override description = `A code need not be typed as it stands: small letters, without VN-, or a part that only one code has. Without a code, all of them are listed.`

  static override examples = [
    '<%= config.bin %> <%= command.id %> VN-HALF-DONE',
    '<%= config.bin %> <%= command.id %> not-online',
    '<%= config.bin %> <%= command.id %>',
  ]

  static override args = {code: Args.string({description: 'Code of the error, or a part of it'})}

  async run(): Promise<ExplainResult> {
    const {args} = await this.parse(Explain)
    return this.runService(() => Promise.resolve(explainError(args.code)), {
      render: (result) => explainText(result, this.look),
    })
  }
}

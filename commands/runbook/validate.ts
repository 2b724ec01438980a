import {Args, Flags} from '@oclif/core'

import {BaseCommand} from '../../src/cli/base-command.js'
import {validatedText} from '../../src/cli/validate-text.js'
import {validateRunbooks, type ValidatedRunbooks} from '../../src/services/runbook/file/validate-runbooks.js'

export default class RunbookValidate extends BaseCommand {
  static override summary = 'Check runbooks without asking any VCH, and say what they hold'

  static override description = `Reads each file, replaces variables by the environment, and checks everything that can be checked here: YAML, keys, values, names, and the rules between shares. All mistakes are said at once, one a line, each with its line and column and with what to write instead; the exit code is 2 then.`

  static override examples = [
    '<%= config.bin %> <%= command.id %> shares.yaml',
    '<%= config.bin %> <%= command.id %> runbooks/*.yaml --ignore-unset --json',
    'cat shares.yaml | <%= config.bin %> <%= command.id %> -',
  ]

  static override args = {
    file: Args.string({
      description: 'The runbooks; - for standard input',
      required: true,
      multiple: true,
      ignoreStdin: true,
    }),
  }

  static override flags = {
    'ignore-unset': Flags.boolean({
      summary: 'Variables that are not set here are no mistake, as in a commit hook',
      helpGroup: 'RUN',
    }),
  }

  async run(): Promise<ValidatedRunbooks> {
    const {args, flags} = await this.parse(RunbookValidate)
    const ignoreUnset = flags['ignore-unset']
    return this.runService(({signal}) => validateRunbooks(args.file, {environment: process.env, signal, ignoreUnset}), {
      render: ({runbooks}) => validatedText(runbooks),
    })
  }
}

import {Flags} from '@oclif/core'

import {BaseCommand} from '../src/cli/base-command.js'
import {demoText} from '../src/cli/demo-text.js'
import {runDemo, type DemoResult} from '../src/services/demo.js'

export default class Demo extends BaseCommand {
  static override summary = 'Show the whole workflow on a sandbox of its own'

  static override description = `Starts an emulated VCH, makes a VMDK volume, shares it, registers the share as a volume store, proves it with two containers, takes it down again with the data kept, and stops the sandbox. Nothing of this machine is touched; it takes seconds.`

  static override examples = ['<%= config.bin %> <%= command.id %>']

  static override flags = {
    'vic-version': Flags.string({summary: 'Release of VIC to behave like', default: '1.5.8'}),
    keep: Flags.boolean({summary: 'Leave the sandbox running, with the share registered'}),
  }

  async run(): Promise<DemoResult> {
    const {flags} = await this.parse(Demo)
    const options = {vicVersion: flags['vic-version'], keep: flags.keep}
    return this.runService((tools) => runDemo(options, {...tools, environment: process.env}), {
      render: demoText,
      showTimings: true,
    })
  }
}

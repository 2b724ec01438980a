import {Flags} from '@oclif/core'

import {parseDuration} from '../model/duration.js'
import {durationFlag} from './flags.js'

/** What `status` shows, and how. */
export const statusFlags = {
  label: Flags.string({
    summary: 'Only the share behind this volume store (again for more)',
    helpGroup: 'SHARE',
    multiple: true,
    multipleNonGreedy: true,
  }),
  tree: Flags.boolean({summary: 'Show each share with its stores, their volumes and the containers on them'}),
  watch: Flags.boolean({
    summary: 'Look again and again: repainted on a terminal, elsewhere a line for each change; Ctrl-C ends it',
    exclusive: ['json'],
  }),
  interval: durationFlag({
    summary: 'Time between two looks of --watch',
    default: parseDuration('5s'),
    defaultHelp: () => Promise.resolve('5s'),
  }),
  'exit-code': Flags.boolean({summary: 'End with 7 when anything is not as it should be'}),
}

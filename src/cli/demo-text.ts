import {exportLines} from './export-lines.js'
import {proofText, type ProofView} from './proof-text.js'

interface DemoView {
  readonly url: string
  readonly proof: ProofView
  readonly kept: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

/** The end of `demo`: the proof, what was kept, and how to go on. */
export function demoText(result: DemoView): string {
  return [
    `shared: ${result.url}`,
    proofText(result.proof),
    `kept: ${result.kept.join('; ')}`,
    ...(result.environment === undefined
      ? []
      : [
          'the sandbox goes on; its settings:',
          exportLines(result.environment),
          'stop it: vicnfs sandbox stop demo --remove',
        ]),
  ].join('\n')
}

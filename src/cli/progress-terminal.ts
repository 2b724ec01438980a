import type {DefaultRenderer, ListrDefaultRendererLogLevels as Level} from 'listr2'

import type {WorkEvent} from '../model/event.js'
import {narrate, stepMark, stepText} from './narration.js'
import type {Progress, ProgressOptions} from './progress.js'

type EndedStep = Extract<WorkEvent, {type: 'step.done' | 'step.failed'}>

/** A step that is being drawn, or waits for its turn. */
interface LiveStep {
  readonly id: string
  readonly title: string
  text: string
  task: {output: string} | undefined
  end: (event: EndedStep | undefined) => void
  readonly ended: Promise<EndedStep | undefined>
}

/**
 * Draws each step as a list of one: steps are not known beforehand, and listr2 fixes its tasks when it starts. Events come
 * synchronously while drawing is not, so drawings stand in a queue; a step inside a running step is shown as its progress.
 */
export function createTerminalProgress(options: ProgressOptions): Progress {
  const queue = createQueue()
  let live: LiveStep | undefined
  const print = (lines: readonly string[]): void => {
    if (lines.length > 0) queue.add(() => void options.stream.write(`${lines.join('\n')}\n`))
  }
  const onEvent = (event: WorkEvent): void => {
    if (event.type === 'step.started' && live === undefined) {
      const step = createLiveStep(event.id, event.title)
      live = step
      queue.add(() => drawStep(step, options))
    } else if ((event.type === 'step.done' || event.type === 'step.failed') && event.id === live?.id) {
      live.end(event)
      live = undefined
    } else if (live !== undefined && (event.type === 'step.progress' || event.type === 'step.started')) {
      showProgress(live, event.type === 'step.progress' ? event.text : event.title)
    } else {
      print(narrate(event, options.look, options.verbose))
    }
  }
  const detach = (): void => {
    live?.end(undefined)
    live = undefined
  }
  const settle = async (): Promise<void> => {
    detach()
    await queue.idle()
  }
  return {
    onEvent,
    say(text) {
      detach()
      print([text])
    },
    pause: settle,
    close: settle,
  }
}

/** Jobs one after the other; one that fails (the terminal is gone) does not keep the next from running. */
function createQueue(): {add: (job: () => Promise<void> | void) => void; idle: () => Promise<void>} {
  let last = Promise.resolve()
  return {
    add(job) {
      last = last.then(job).catch(() => undefined)
    },
    idle: () => last,
  }
}

function createLiveStep(id: string, title: string): LiveStep {
  let end: LiveStep['end'] = () => undefined
  const ended = new Promise<EndedStep | undefined>((resolve) => {
    end = resolve
  })
  return {id, title, text: '', task: undefined, end, ended}
}

function showProgress(step: LiveStep, text: string): void {
  step.text = text
  if (step.task !== undefined) step.task.output = text
}

async function drawStep(step: LiveStep, options: ProgressOptions): Promise<void> {
  const {Listr, ListrLogger, ProcessOutput, ListrDefaultRendererLogLevels} = await import('listr2')
  const logger = new ListrLogger<Level>({
    useIcons: true,
    processOutput: new ProcessOutput(options.stream, options.stream),
  })
  const completed = ListrDefaultRendererLogLevels.COMPLETED
  const color = {[completed]: (mark = '') => mark}
  const list = new Listr(
    [
      {
        title: step.title,
        task: async (_context, task) => {
          step.task = task
          if (step.text !== '') showProgress(step, step.text)
          const event = await step.ended
          const {mark, text} = ending(event, step, options)
          // The renderer asks the logger for the mark at each drawing, so each outcome can have its own.
          if (logger.options !== undefined) logger.options.icon = {...logger.options.icon, [completed]: mark}
          task.title = text
        },
      },
    ],
    {renderer: await terminalRenderer(), rendererOptions: {logger, color}, registerSignalListeners: false},
  )
  await list.run()
}

/** listr2 looks at stdout to find out whether there is a terminal; we draw on stderr and have looked already. */
async function terminalRenderer(): Promise<typeof DefaultRenderer> {
  const {DefaultRenderer} = await import('listr2')
  return class extends DefaultRenderer {
    static override nonTTY = true
  }
}

function ending(event: EndedStep | undefined, step: LiveStep, {look}: ProgressOptions): {mark: string; text: string} {
  // Interrupted by a question: the step is not over, the next lines tell how it ends.
  if (event === undefined) return {mark: look.style('cyan', look.marks.started), text: step.title}
  return {mark: stepMark(event, look), text: stepText(event, look)}
}

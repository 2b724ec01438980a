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
  const beside = createSideBySide(options, queue.add)
  const onEvent = (event: WorkEvent): void => {
    if (beside.takes(event, live !== undefined)) return
    if (event.type === 'step.started' && live === undefined && !beside.isOpen()) {
      const step = createLiveStep(event.id, event.title)
      live = step
      queue.add(() => drawSteps([step], options))
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
    beside.end()
    live?.end(undefined)
    live = undefined
  }
  const settle = (): Promise<void> => {
    detach()
    return queue.idle()
  }
  const say = (text: string): void => {
    detach()
    print([text])
  }
  return {onEvent, say, pause: settle, close: settle}
}

/** Jobs one after the other; one that fails (the terminal is gone) does not keep the next from running. */
function createQueue(): {add: (job: () => Promise<void> | void) => void; idle: () => Promise<void>} {
  let last = Promise.resolve()
  return {
    add(job) {
      // eslint-disable-next-line vicnfs/heeds-stop -- what is shown is shown to its end
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

async function drawSteps(steps: readonly LiveStep[], options: ProgressOptions): Promise<void> {
  const {Listr, ListrLogger, ProcessOutput, ListrDefaultRendererLogLevels} = await import('listr2')
  const logger = new ListrLogger<Level>({
    useIcons: true,
    processOutput: new ProcessOutput(options.stream, options.stream),
  })
  const completed = ListrDefaultRendererLogLevels.COMPLETED
  const color = {[completed]: (mark = '') => mark}
  const tasks = steps.map((step) => ({
    title: step.title,
    task: async (_context: unknown, task: {output: string; title?: string | undefined}) => {
      step.task = task
      if (step.text !== '') showProgress(step, step.text)
      const event = await step.ended
      const {mark, text} = ending(event, step, options)
      // The renderer asks the logger for the mark at each drawing, so each outcome can have its own, one by one.
      if (steps.length === 1 && logger.options !== undefined)
        logger.options.icon = {...logger.options.icon, [completed]: mark}
      task.title = steps.length === 1 ? text : `${mark} ${text}`
    },
  }))
  const list = new Listr(tasks, {
    concurrent: steps.length > 1,
    renderer: await terminalRenderer(),
    rendererOptions: {logger, color},
    registerSignalListeners: false,
  })
  // Side by side each has its mark in its own title.
  if (steps.length > 1 && logger.options !== undefined) logger.options.icon = {...logger.options.icon, [completed]: ' '}
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

/** Lines that a terminal keeps for what comes after the steps. */
const SPARE_ROWS = 4

interface SideBySide {
  isOpen(): boolean
  /** Whether this event is about steps side by side, and is shown with them. */
  takes(event: WorkEvent, busy: boolean): boolean
  end(): void
}

/** Steps that were announced to run side by side: drawn as one list, as long as the terminal has room for it. */
function createSideBySide(options: ProgressOptions, add: (job: () => Promise<void>) => void): SideBySide {
  let steps = new Map<string, LiveStep>()
  const end = (): void => {
    for (const step of steps.values()) step.end(undefined)
    steps = new Map()
  }
  const open = (planned: readonly {readonly id: string; readonly title: string}[]): void => {
    // Each takes a line, and another one while it works.
    if (planned.length * 2 > (options.stream.rows || 24) - SPARE_ROWS) return
    const live = planned.map(({id, title}) => createLiveStep(id, title))
    steps = new Map(live.map((step) => [step.id, step]))
    add(() => drawSteps(live, options))
  }
  /** The step that `web/configure` is a part of: the one about `web`. */
  const around = (id: string): LiveStep | undefined =>
    [...steps.values()].find((step) => step.id.endsWith(`/${id.slice(0, id.lastIndexOf('/'))}`))
  return {
    isOpen: () => steps.size > 0,
    end,
    takes(event, busy) {
      if (event.type === 'steps.planned') {
        if (!busy && steps.size === 0) open(event.steps)
        return true
      }
      if (event.type === 'steps.over') {
        end()
        return true
      }
      if (!('id' in event)) return false
      const step = steps.get(event.id) ?? around(event.id)
      if (step === undefined) return false
      const isItself = step.id === event.id
      if (event.type === 'step.progress') showProgress(step, event.text)
      else if (event.type === 'step.started') showProgress(step, isItself ? '' : event.title)
      else if (isItself) step.end(event)
      // How a step within one of them ended is told below the list.
      return isItself || event.type === 'step.progress' || event.type === 'step.started'
    },
  }
}

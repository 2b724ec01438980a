// A share of the processor for what can wait. `nice` alone does not do it: the kernel weighs sessions against each other
// (sched(7), autogroup), and each process that a sandbox starts has a session of its own.
import {mkdirSync, rmdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'

/** Of cgroups(7), version 1 and 2: all of it together weighs as one session or one container does. */
const KINDS = [
  {above: '/sys/fs/cgroup/cpu', file: 'cpu.shares', value: '1024'},
  {above: '/sys/fs/cgroup', file: 'cpu.weight', value: '100'},
]
/** Where the group does not take it, it runs all the same. */
const ENTER = '{ echo $$ >"$0"; } 2>/dev/null; exec "$@"'

function makeGroup({above, file, value}) {
  const folder = path.join(above, `vicnfs-tests-${process.pid}`)
  try {
    mkdirSync(folder)
  } catch {
    return undefined
  }
  try {
    writeFileSync(path.join(folder, file), value, {flag: 'r+'})
    return folder
  } catch {
    rmdirSync(folder)
    return undefined
  }
}

/**
 * Words to put before a command, which takes part of the processor's time only as far as others leave it, with all that
 * it starts; and what to do once it has ended. Where there is no control group to be had, by `nice`.
 */
export function lesserShare() {
  for (const kind of KINDS) {
    const folder = makeGroup(kind)
    if (folder !== undefined) {
      return {
        words: ['sh', '-c', ENTER, path.join(folder, 'cgroup.procs')],
        remove() {
          try {
            rmdirSync(folder)
          } catch {
            // Something that a test has left behind is still in it.
          }
        },
      }
    }
  }
  return {words: ['nice', '-n', '10'], remove() {}}
}

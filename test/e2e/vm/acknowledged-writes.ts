import type {CommandRun, CommandExit} from '../../../src/sandbox/vm/channel/command-run.js'
import type {ContainerVm} from '../../../src/sandbox/vm/container-vm.js'
import {bash, listenTo, type Talk} from './in-vm.js'

/** Keeps one file open, and says each number when the server has acknowledged it: write(2), fsync(2). */
const PROGRAM = `
use IO::Handle;
$| = 1;
open(my $file, '>>', $ARGV[0]) or die "open: $!\\n";
for (my $n = 1; ; $n++) {
  defined syswrite($file, "$n\\n") or die "write $n: $!\\n";
  $file->sync or die "fsync $n: $!\\n";
  print "$n\\n";
  select(undef, undef, undef, 0.005);
}`

/** A writer in a container VM, at work. */
export interface Writer {
  /** The last number that was acknowledged so far. */
  acknowledged(): number
  /** Resolves when so many more have been acknowledged. @throws Error when it ended, with what it said */
  more(count: number): Promise<void>
  /** Everything that it said. */
  readonly talk: Talk
  readonly exited: Promise<CommandExit>
  /** Ends it, between two writes or in one. */
  end(): Promise<void>
}

/** Starts to write numbers into a file, one a line. */
export function startWriter(vm: ContainerVm, file: string): Writer {
  const run: CommandRun = vm.run({args: ['perl', '-e', PROGRAM, file]})
  const talk = listenTo(run)
  const acknowledged = () => talk.text().match(/^\d+\n/gm)?.length ?? 0
  return {
    acknowledged,
    more: async (count) => void (await talk.until(new RegExp(`^${acknowledged() + count}\n`, 'm'))),
    talk,
    exited: run.exited,
    end: async () => {
      run.kill('KILL')
      await run.exited
    },
  }
}

/** Which of the numbers from 1 on a file in a VM lacks, up to `last`; empty when nothing was lost. */
export async function lostLines(vm: ContainerVm, file: string, last: number): Promise<readonly number[]> {
  const found = new Set((await bash(vm, `cat '${file}' 2>/dev/null || true`)).split('\n').map(Number))
  const all = Array.from({length: last}, (_none, index) => index + 1)
  return all.filter((number) => !found.has(number))
}

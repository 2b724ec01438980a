// What one server does in one round: start to the first MNT, work of a consumer, the stall after a kill, the stop.
import {openExport} from '../../src/nfs/client/open-export.js'
import type {CommandRun} from '../../src/sandbox/vm/channel/command-run.js'
import {nfsMountOptions} from '../../src/sandbox/vm/container-config.js'
import type {ContainerVm} from '../../src/sandbox/vm/container-vm.js'
import {bash, listenTo} from '../../test/e2e/vm/in-vm.js'

export const FOLDER = '/exports/data'
const PROBE_INTERVAL_MS = 20
const READY_LIMIT_MS = 120_000
const LINES_BEFORE_KILL = 20
const LINES_AFTER_KILL = 5
const DAEMONS = 'nfsd rpc.mountd rpc.statd rpcbind blkmapd rpc.idmapd nfsdcld nfs-main'

export interface Subject {
  readonly name: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

export interface Place {
  readonly server: ContainerVm
  readonly consumer: ContainerVm
  readonly address: string
}

export type Figures = Readonly<Record<string, number>>

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

async function firstMount(address: string): Promise<void> {
  const credential = {flavor: 'sys' as const, machine: 'bench', uid: 0, gid: 0, gids: [0]}
  const limit = AbortSignal.timeout(READY_LIMIT_MS)
  for (;;) {
    try {
      const opened = await openExport({host: address, path: FOLDER, credential}, {timeoutMs: 2000})
      await opened.close()
      return
    } catch (cause) {
      // The original can be up and serve nothing for ever.
      if (limit.aborted) throw new Error(`${address} cannot be mounted`, {cause})
      await pause(PROBE_INTERVAL_MS)
    }
  }
}

async function startServer({server, address}: Place, subject: Subject): Promise<{run: CommandRun; ms: number}> {
  const startedMs = performance.now()
  const run = server.run({args: subject.args, env: {EXPORT_FOLDER: FOLDER, ...subject.env}})
  const talk = listenTo(run)
  const died = run.exited.then(({exitCode}) => {
    throw new Error(`${subject.name} ended with ${exitCode}: ${talk.text()}`)
  })
  died.catch(() => undefined)
  await Promise.race([firstMount(address), died])
  return {run, ms: performance.now() - startedMs}
}

/** Seconds that a script takes in the consumer, by its own clock. */
async function secondsOf(consumer: ContainerVm, script: string): Promise<number> {
  return Number(
    await bash(
      consumer,
      `cd /mnt/share && s=$EPOCHREALTIME && ${script} && bc() { perl -e "print $1"; } && bc "$EPOCHREALTIME - $s"`,
    ),
  )
}

/** Appends numbered lines with fsync, and says when each was acknowledged. */
const WRITER = `use IO::Handle; use Time::HiRes 'time'; $| = 1;
open(my $f, '>>', '/mnt/share/lines') or die $!;
for (my $n = 1; ; $n++) { syswrite($f, "$n\\n") or die $!; $f->sync or die $!; printf "%d %.3f\\n", $n, time; }`

/** The kernel's threads take no signal: on a VCH they go with the VM, here they are told to. */
async function stallMs(place: Place, subject: Subject): Promise<{run: CommandRun; ms: number}> {
  const {server, consumer} = place
  const writer = consumer.run({args: ['perl', '-e', WRITER]})
  const talk = listenTo(writer)
  await talk.until(new RegExp(`^${LINES_BEFORE_KILL} `, 'm'))
  await bash(
    server,
    `pkill -9 -f '^(/bin/)?bash ${subject.args.at(-1)}'; for d in ${DAEMONS}; do pkill -9 -x "$d"; done; true`,
  )
  await bash(server, 'rpc.nfsd 0; while pgrep -x nfsd >/dev/null; do sleep 0.05; done')
  const killed = talk.text().trim().split('\n').length
  const {run} = await startServer(place, subject)
  await talk.until(new RegExp(`^${killed + LINES_AFTER_KILL} `, 'm'))
  writer.kill('KILL')
  await writer.exited
  const times = talk
    .text()
    .trim()
    .split('\n')
    .slice(0, -1)
    .map((line) => Number(line.split(' ')[1]))
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? time))
  return {run, ms: Math.max(...gaps) * 1000}
}

/** One round; nothing of the server is left afterwards. */
export async function measureServer(place: Place, subject: Subject): Promise<Figures> {
  const {server, consumer, address} = place
  const first = await startServer(place, subject)
  await bash(
    consumer,
    `mkdir -p /mnt/share && mount -i -t nfs -o ${nfsMountOptions(address)} ${address}:${FOLDER} /mnt/share`,
  )
  const write = await secondsOf(consumer, 'dd if=/dev/zero of=big bs=1M count=64 conv=fsync status=none')
  await bash(consumer, 'sync; echo 3 >/proc/sys/vm/drop_caches')
  const read = await secondsOf(consumer, 'dd if=big of=/dev/null bs=1M status=none')
  const small = await secondsOf(
    consumer,
    'mkdir s && for i in {1..200}; do echo "$i" >"s/$i"; done && ls -l s >/dev/null && rm -r s',
  )
  const {run, ms: stall} = await stallMs(place, subject)
  await bash(consumer, 'umount /mnt/share')
  const stoppingMs = performance.now()
  run.kill('TERM')
  await run.exited
  const stop = performance.now() - stoppingMs
  const left = await bash(server, `n=0; for d in ${DAEMONS}; do pgrep -x "$d" >/dev/null && n=$((n+1)); done; echo $n`)
  await bash(
    server,
    `exportfs -ua; rpc.nfsd 0; for d in ${DAEMONS}; do pkill -9 -x "$d"; done; rm -f ${FOLDER}/big ${FOLDER}/lines; sleep 0.5`,
  )
  return {
    'start to first MNT, s': first.ms / 1000,
    'write 64 MiB, fsync, s': write,
    'read 64 MiB, s': read,
    '200 files made, listed, removed, s': small,
    'stall after SIGKILL and restart, s': stall / 1000,
    'stop, s': stop / 1000,
    'daemons left after the stop': Number(left),
  }
}

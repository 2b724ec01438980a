import {runUntil} from '../e2e/run-program.js'
import type {DockerEngine} from './docker-engine.js'

/** For `docker stop --time`: its own ten seconds are short for an ordered stop on a machine that is busy. */
export const STOP_GRACE_S = '240'
const READY = /^nfs-server: ready: (.*)\n/m
/** FinishedAt of a container that has never ended. */
const NEVER = /^0001-/

/** Resolves when the server in a container has said since its last start that it is ready. @returns that line's facts */
export async function untilServerReady(
  {dockerSays, env}: Pick<DockerEngine, 'dockerSays' | 'env'>,
  container: string,
): Promise<string> {
  // What came after the last end: the Engine may write down the start later than the container speaks.
  const end = await dockerSays('inspect', '--format', '{{.State.FinishedAt}}', container)
  const since = NEVER.test(end) ? [] : ['--since', end]
  const said = await runUntil('/usr/bin/docker', ['logs', '--follow', ...since, container], {
    env,
    enough: (stdout) => READY.test(stdout),
  })
  return READY.exec(said)?.[1] ?? ''
}

import {runUntil} from '../e2e/run-program.js'
import type {DockerEngine} from './docker-engine.js'

/** Resolves when the server in a container has said since its last start that it is ready. @returns that line's facts */
export async function untilServerReady({dockerSays, env}: DockerEngine, container: string): Promise<string> {
  const since = await dockerSays('inspect', '--format', '{{.State.StartedAt}}', container)
  const ready = /^nfs-server: ready: (.*)$/m
  const said = await runUntil('/usr/bin/docker', ['logs', '--follow', '--since', since, container], {
    env,
    enough: (stdout) => ready.test(stdout),
  })
  return ready.exec(said)?.[1] ?? ''
}

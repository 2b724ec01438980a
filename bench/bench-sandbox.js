// A sandbox for one benchmark, in a folder of its own.
import {mkdtemp, rm} from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import {startSandbox} from '../dist/src/sandbox/lifecycle/start-sandbox.js'
import {stopSandbox} from '../dist/src/sandbox/lifecycle/stop-sandbox.js'

export async function withSandbox(use) {
  const stateDirectory = await mkdtemp(path.join(os.tmpdir(), 'vicnfs-bench-'))
  const handle = await startSandbox({name: 'bench', stateDirectory})
  const {DOCKER_CONTEXT: _context, DOCKER_CERT_PATH: _certs, DOCKER_TLS_VERIFY: _verify, ...outer} = process.env
  const env = {...outer, ...handle.environment('both'), VICNFS_STATE_DIR: stateDirectory}
  try {
    return await use({handle, env, stateDirectory})
  } finally {
    await stopSandbox('bench', {stateDirectory, removeState: true})
    await rm(stateDirectory, {recursive: true, force: true})
  }
}

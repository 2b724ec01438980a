import os from 'node:os'
import path from 'node:path'

/**
 * The folder of journal and locks: `VICNFS_STATE_DIR`, else `$XDG_STATE_HOME/vicnfs`, else `~/.local/state/vicnfs`.
 * A relative `XDG_STATE_HOME` is ignored, as the XDG specification demands.
 */
export function stateDirectory(environment: Readonly<Record<string, string | undefined>>): string {
  const own = environment['VICNFS_STATE_DIR']
  if (own !== undefined && own !== '') return path.resolve(own)
  const xdg = environment['XDG_STATE_HOME']
  if (xdg !== undefined && path.isAbsolute(xdg)) return path.join(xdg, 'vicnfs')
  const home = environment['HOME']
  const base = home !== undefined && path.isAbsolute(home) ? home : os.homedir()
  return path.join(base, '.local', 'state', 'vicnfs')
}

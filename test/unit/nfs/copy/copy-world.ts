import path from 'node:path'
import {openExport, type OpenExport} from '../../../../src/nfs/client/open-export.js'
import {compareTrees} from '../../../../src/nfs/copy/compare-trees.js'
import {openSession, removeBase, type ExportSession} from '../../sandbox/nfs-server/export-session.js'

const CREDENTIAL = {flavor: 'sys', machine: 'test', uid: 0, gid: 0, gids: []} as const

/** Two served folders, each mounted as root. */
export interface CopyWorld {
  readonly source: ExportSession
  readonly target: ExportSession
  readonly from: OpenExport
  readonly to: OpenExport
  /** Path on this machine. */
  readonly at: (name: string) => string
  readonly copied: (name: string) => string
  /** What differs, one line each. */
  differences(): Promise<readonly string[]>
  close(): Promise<void>
}

const mountOf = (session: ExportSession): Promise<OpenExport> =>
  openExport(
    {host: session.settings.address, path: session.settings.exportPath, credential: CREDENTIAL},
    {portmapPort: session.server.ports.portmap},
  )

export async function openCopyWorld(): Promise<CopyWorld> {
  const [source, target] = [await openSession(), await openSession()]
  const [from, to] = [await mountOf(source), await mountOf(target)]
  return {
    ...{source, target, from, to},
    at: (name) => path.join(source.root, name),
    copied: (name) => path.join(target.root, name),
    async differences() {
      const {differences} = await compareTrees(from, to, {limit: 10})
      return differences.map(({path: where, what}) => `${where}: ${what}`)
    },
    async close() {
      await from.close()
      await to.close()
      for (const session of [source, target]) {
        await session.close()
        removeBase(session)
      }
    },
  }
}

import type {Check} from '../../model/check.js'
import type {ErrorCode} from '../../model/error-table.js'
import {shellQuote} from '../../model/redaction.js'
import {shareUrl} from '../../model/share.js'
import type {PreflightReport, Rung, RungId, ShareAddress} from '../../nfs/preflight/report.js'
import {sourceAddressTo} from '../../nfs/source-address.js'
import {mayUsePrivilegedPorts} from '../../nfs/privileged-port.js'
import {WITHOUT_SERVER, WITHOUT_STORES, type ExamineContext} from './context.js'
import {placeOfContainer, placeOfStore} from './places.js'
import {check, failed, notAsked, ok, warning, type Verdict} from './verdict.js'

/** A share to be reached: by the server container of ours, or by the store that it is registered as. */
export interface PortPlace {
  readonly name: string
  readonly place: ShareAddress
}

/** The rungs of the ladder that each open one port, and what answers there. */
const PORTS: readonly (readonly [RungId, string])[] = [
  ['portmap', 'port mapper'],
  ['mountd', 'mountd'],
  ['nfsd', 'nfsd'],
]

/** Nobody answers as such a service at that port; every other failure is a refusal of somebody who was reached. */
const NO_ANSWER: ReadonlySet<string | undefined> = new Set([
  'VN-NFS-NAME',
  'VN-NFS-REFUSED',
  'VN-NFS-PORT-REFUSED',
  'VN-NFS-UNREACHABLE',
  'VN-NFS-TIMEOUT',
  'VN-NFS-NO-ANSWER',
  'VN-NFS-PROXY',
  'VN-NFS-CLOSED',
  'VN-NFS-CONNECTION',
  'VN-NFS-NO-MOUNTD',
  'VN-NFS-NO-NFSD',
])

const portIn = (rung: Rung | undefined): string | undefined => /port (\d+)$/.exec(rung?.finding ?? '')?.[1]

/** What the ladder says about ports alone: a refused mount has still reached mountd. */
export function portsVerdict(report: PreflightReport, source: string | undefined): Verdict {
  const rungs = new Map(report.rungs.map((rung) => [rung.id, rung]))
  // The rung before says where the next one knocks: the port mapper names the port of mountd.
  const ports = {mountd: portIn(rungs.get('portmap')), nfsd: portIn(rungs.get('nfsd'))}
  const from = source === undefined ? '' : ` from ${source}`
  const reached: string[] = []
  for (const [id, what] of PORTS) {
    const rung = rungs.get(id)
    if (rung === undefined || rung.state === 'skipped') break
    if (rung.state === 'failed' && NO_ANSWER.has(rung.code)) {
      const before = reached.length === 0 ? '' : ` (answered: ${reached.join(', ')})`
      return failed(`${report.host}: the ${what} is not reached${from}: ${rung.finding.replace(/\.$/, '')}${before}.`, {
        code: rung.code as ErrorCode,
        fix: (rung.tries ?? []).slice(0, 2),
      })
    }
    const port = id === 'portmap' ? undefined : ports[id === 'mountd' ? 'mountd' : 'nfsd']
    reached.push(port === undefined ? what : `${what} at ${port}`)
    if (rung.state === 'failed') break
  }
  return ok(`${report.host} answers${from}: ${reached.join(', ')}.`)
}

async function places({sights}: ExamineContext): Promise<{places: PortPlace[]; missing: string[]}> {
  const missing: string[] = []
  const servers = await sights.server.servers().catch(() => {
    missing.push(WITHOUT_SERVER)
    return []
  })
  const stores = await sights.nfsStores().catch(() => {
    missing.push(WITHOUT_STORES)
    return []
  })
  const running = servers.filter(({container}) => container.state === 'running')
  const all = [
    ...running.map((server) => ({name: server.request.name, place: placeOfContainer(server)})),
    ...stores.flatMap((store) => {
      try {
        return [{name: store.label, place: placeOfStore(store)}]
      } catch {
        // A URL that no VCH can use is told among the stores.
        return []
      }
    }),
  ]
  const byHost = new Map([...all].reverse().map((each) => [each.place.host, each]))
  return {places: [...byHost.values()].filter(({place}) => place.host !== ''), missing}
}

/**
 * Whether this machine may knock as a VCH does; it matters only for servers that ask for it.
 * @param strict the shares that are served to privileged ports only
 */
export function privilegedVerdict(
  mayUse: boolean,
  strict: readonly {readonly name: string; readonly url: string}[],
): Verdict {
  if (mayUse) return ok('They can be used, as a VCH does.')
  if (strict.length === 0) return ok('Not for this user; the servers of vicnfs do not ask for them.')
  const names = strict.map(({name}) => `"${name}"`).join(', ')
  return warning(`Not for this user, and ${names} is served to such ports only.`, {
    advice: 'Look at it as root, or from the VCH.',
    fix: strict.slice(0, 2).map(({url}) => shellQuote(['vicnfs', 'preflight', url, '--from', 'vch'])),
  })
}

/** What this machine reaches of the network side of NFS. */
export async function examinePorts(context: ExamineContext): Promise<Check[]> {
  const {sights} = context
  const privileged = check('ports.privileged', 'Ports below 1024', async () => {
    const servers = await sights.server.servers().catch(() => [])
    const strict = servers
      .filter(({request}) => request.securePorts)
      .map((server) => ({name: server.request.name, url: shareUrl(placeOfContainer(server))}))
    return privilegedVerdict(await mayUsePrivilegedPorts(), strict)
  })
  const found = await places(context)
  const hosts = found.places.map(({place}) =>
    check(`ports.${place.host}`, `NFS at ${place.host}`, async () => {
      const [report, source] = await Promise.all([
        sights.ladder(place),
        sourceAddressTo(place.host.replace(/^\[|\]$/g, '')),
      ])
      return portsVerdict(report, source)
    }),
  )
  const none = check('ports.hosts', 'Servers to reach', () =>
    found.missing.length > 0 ? notAsked(found.missing.join(' ')) : ok('There are none yet.'),
  )
  return Promise.all([privileged, ...(hosts.length === 0 ? [none] : hosts)])
}

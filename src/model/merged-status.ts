import {
  consumersOf,
  verdictOf,
  worstFirst,
  worstVerdict,
  type Finding,
  type ShareStatus,
  type StatusReport,
  type StoreStatus,
  type VchStatus,
} from './status-report.js'

/** Each different one once, in order. */
function distinct<T>(all: readonly T[]): T[] {
  return [...new Map(all.map((each) => [JSON.stringify(each), each])).values()]
}

/** How much is known of a store: most by the VCH that has it, least by the record of another one on the share. */
function knowledge({volumes, online, from}: StoreStatus): number {
  return [volumes !== null, online !== null, from !== 'record'].filter(Boolean).length
}

/** One store for each folder: whoever knows most of it tells. */
function mergedStores(all: readonly StoreStatus[]): StoreStatus[] {
  const byFolder = new Map<string, StoreStatus>()
  for (const store of all) {
    const known = byFolder.get(store.folder)
    if (known === undefined || knowledge(store) > knowledge(known)) byFolder.set(store.folder, store)
  }
  return [...byFolder.values()]
}

/** What is found beside two consumer VCHs is one finding, though each look has its own commands for it. */
function inOrder(findings: readonly Finding[]): Finding[] {
  const once = new Map<string, Finding>()
  for (const finding of findings) {
    const id = JSON.stringify([finding.word, finding.text])
    if (!once.has(id)) once.set(id, finding)
  }
  return worstFirst([...once.values()])
}

function mergedShare(rows: readonly [ShareStatus, ...ShareStatus[]]): ShareStatus {
  const [first] = rows
  const stores = mergedStores(rows.flatMap((row) => row.stores))
  const findings = inOrder(rows.flatMap((row) => row.findings))
  return {
    ...first,
    verdict: verdictOf(findings, first.server.state),
    mountable: rows.find(({mountable}) => mountable !== null)?.mountable ?? null,
    space: rows.find(({space}) => space !== null)?.space ?? null,
    stores,
    consumers: stores.length === 0 ? first.consumers : consumersOf(stores),
    findings,
  }
}

function mergedVchs(all: readonly VchStatus[]): VchStatus[] {
  const byEndpoint = new Map<string, VchStatus>()
  for (const vch of all) {
    const known = byEndpoint.get(vch.endpoint)
    byEndpoint.set(vch.endpoint, {...vch, ...known, roles: distinct([...(known?.roles ?? []), ...vch.roles])})
  }
  return [...byEndpoint.values()]
}

/**
 * Several looks at the shares of one server VCH, each beside another consumer VCH, as one report: a share once, each of
 * its stores as the VCH that has it tells.
 */
export function mergedReport(reports: readonly [StatusReport, ...StatusReport[]]): StatusReport {
  const [first] = reports
  const rows = new Map<string, [ShareStatus, ...ShareStatus[]]>()
  for (const share of reports.flatMap(({shares}) => shares)) {
    const id = JSON.stringify([share.name, share.name === null ? share.url : null])
    const known = rows.get(id)
    if (known === undefined) rows.set(id, [share])
    else known.push(share)
  }
  const shares = [...rows.values()].map(mergedShare)
  const findings = inOrder(reports.flatMap((report) => report.findings))
  return {
    at: first.at,
    verdict: worstVerdict([...shares.map(({verdict}) => verdict), verdictOf(findings, 'running')]),
    vchs: mergedVchs(reports.flatMap(({vchs}) => vchs)),
    shares,
    findings,
    notAsked: distinct(reports.flatMap(({notAsked}) => notAsked)),
  }
}

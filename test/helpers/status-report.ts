import type {Finding, ShareStatus, StatusReport, StoreStatus} from '../../src/model/status-report.js'

export function storeStatus(parts: Partial<StoreStatus> = {}): StoreStatus {
  const known = {registered: true, online: true, from: 'vic-machine', volumes: []} as const
  return {label: 'nfs-store', vch: 'web', folder: '', ...known, ...parts}
}

export function shareStatus(parts: Partial<ShareStatus> = {}): ShareStatus {
  return {
    ...{name: 'nfs-vol', kind: 'volume', verdict: 'ok', address: '10.9.0.40', path: '/exports/nfs-vol'},
    ...{url: 'nfs://10.9.0.40/exports/nfs-vol?uid=0&gid=0', mountable: true, consumers: 0, findings: []},
    server: {
      ...{state: 'running', container: 'vicnfs-nfs-vol', image: 'vicnfs/nfs-server:0.1'},
      ...{startedAt: '2026-01-01T00:00:00Z', ageMs: 3 * 86_400_000},
    },
    space: {totalBytes: 10 * 2 ** 30, usedBytes: 1.25 * 2 ** 30, availableBytes: 8 * 2 ** 30},
    stores: [storeStatus()],
    ...parts,
  }
}

export function statusReport(shares: readonly ShareStatus[], parts: Partial<StatusReport> = {}): StatusReport {
  return {at: '2026-01-02T03:04:05.000Z', verdict: 'ok', vchs: [], shares, findings: [], notAsked: [], ...parts}
}

export const GONE: Finding = {
  word: 'server-gone',
  severity: 'danger',
  text: 'The server container of "nfs-vol" is gone. Before the next boot of "web" a server must be back.',
  tries: ['vicnfs expose-volume nfs-vol'],
}

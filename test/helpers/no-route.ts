import {VicnfsError} from '../../src/model/vicnfs-error.js'
import {RUNG_TITLES} from '../../src/nfs/preflight/rung-titles.js'
import type {NfsAccess} from '../../src/services/adapters.js'

const RUNG = {id: 'portmap', title: 'Ask the port mapper', state: 'failed', durationMs: 1, tries: []} as const
const UNREACHABLE = {...RUNG, code: 'VN-NFS-UNREACHABLE', finding: 'no route to host'}

/** The NFS side of a machine that has no route to any share. */
export function withoutRoute(nfs: NfsAccess): NfsAccess {
  const report = {passed: false, privilegedPort: false, readOnly: false, rungs: [UNREACHABLE]}
  return {
    ...nfs,
    preflight: (address) => Promise.resolve({...address, ...report} as never),
    waitUntilMountable({host, path}) {
      const details = {code: UNREACHABLE.code, rung: UNREACHABLE.id}
      const context = {reason: `${UNREACHABLE.finding}.`, details}
      return Promise.reject(new VicnfsError('VN-NFS-NOT-READY', `${host}:${path} was not mountable.`, context))
    },
    openShare: () => Promise.reject(new VicnfsError('VN-NFS-SHARE-OPEN', 'There is no route.')),
  }
}

/** What share-check prints in a container where every rung passes. */
export function passedLadder(): string {
  const rungs = Object.keys(RUNG_TITLES).map((id) => ({
    id,
    title: 'a title',
    state: 'passed',
    durationMs: 1,
    finding: '',
  }))
  const report = {passed: true, privilegedPort: true, readOnly: true}
  return [...rungs.map((rung) => JSON.stringify({rung})), JSON.stringify({report})].join('\n')
}

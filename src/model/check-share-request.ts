import {shellQuote} from './redaction.js'
import {serverPorts, type ShareRequest} from './share.js'
import {VicnfsError} from './vicnfs-error.js'

/** @throws VN-SETTING-BAD */
export function checkPort(port: number): void {
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return
  throw new VicnfsError('VN-SETTING-BAD', `${port} is no TCP port: it must be between 1 and 65535.`)
}

function checkPorts(request: ShareRequest): void {
  const ports = serverPorts(request)
  checkPort(request.mountdPort)
  checkPort(request.lockdPort)
  if (new Set(ports).size !== ports.length) {
    throw new VicnfsError(
      'VN-SETTING-BAD',
      `The ports ${ports.join(', ')} of the server container are not all different.`,
      {
        reason: '111 (portmap) and 2049 (nfsd) are fixed; --mountd-port and --lockd-port must be two others.',
      },
    )
  }
}

/** Whether the operator's own EXPORT_OPTS turn every client's root into nobody: exports(5) does so unless told not to. */
function squashesRoot(exportOptions: string): boolean {
  return exportOptions
    .split(/\s+/)
    .filter((entry) => entry !== '')
    .every((entry) => {
      const options = (/\(([^()]*)\)$/.exec(entry)?.[1] ?? '').split(',')
      const last = (on: string, off: string): boolean => options.lastIndexOf(on) > options.lastIndexOf(off)
      return last('all_squash', 'no_all_squash') || !last('no_root_squash', 'root_squash')
    })
}

/** Whether the VCH would come as root and the server would turn that into nobody. */
export function isOwnerSquashed({uid, squash, exportOptions}: Pick<ShareRequest, 'uid' | 'squash' | 'exportOptions'>) {
  if (uid !== 0) return false
  return exportOptions === null ? squash !== 'no_root_squash' : squashesRoot(exportOptions)
}

function checkOwner(request: ShareRequest): void {
  const {name, squash, exportOptions} = request
  if (!isOwnerSquashed(request)) return
  const words = exportOptions === null ? squash : shellQuote([exportOptions])
  const options = exportOptions === null ? ['--squash', squash] : ['--export-opts', exportOptions]
  throw new VicnfsError('VN-UID-SQUASHED', `uid 0 and ${words} contradict each other.`, {
    reason: 'The VCH would work as uid 0, the server would turn that into nobody, and nobody may not write.',
    tries: [shellQuote(['vicnfs', 'expose-volume', name, ...options, '--uid', '1000', '--gid', '1000'])],
  })
}

/** @throws VN-SETTING-BAD */
export function checkVolumeName(name: string): void {
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name)) return
  throw new VicnfsError('VN-SETTING-BAD', `"${name}" cannot be the name of a volume.`, {
    reason: 'A VCH takes letters, digits, "_", "." and "-", with a letter or digit first.',
  })
}

/** @throws VN-SETTING-BAD */
export function checkExportFolder(folder: string, share: {readonly name: string}): void {
  if (/^(?:\/[^/]+)+\/?$/.test(folder) && !folder.split('/').some((part) => part === '..' || part === '.')) return
  throw new VicnfsError('VN-SETTING-BAD', `"${folder}" cannot be exported.`, {
    reason: 'The export is an absolute folder below /; a VCH cannot use the root of an NFS server as a volume store.',
    tries: [shellQuote(['vicnfs', 'expose-volume', share.name, '--export-folder', `/exports/${share.name}`])],
  })
}

/** Checks what can be checked without asking anybody. @throws VN-SETTING-BAD, VN-UID-SQUASHED */
export function checkShareRequest(request: ShareRequest): void {
  checkVolumeName(request.name)
  checkExportFolder(request.exportFolder, request)
  checkPorts(request)
  checkOwner(request)
}

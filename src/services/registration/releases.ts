import {VicnfsError} from '../../model/vicnfs-error.js'
import {compareVicVersions, parseVicVersion, traitsOf, type VicTraits} from '../../model/vic-version.js'

const NEWER_INSTALLER = 'A newer vic-machine demands an upgrade of the VCH first.'
const OLDER_INSTALLER =
  'An older vic-machine is accepted, but does not know all that the configuration of the VCH holds.'

/** @param what whose release it is, at the start of a sentence @throws VN-VIC-UNSUPPORTED */
export function supportedTraits(version: string, what: string): VicTraits {
  const traits = traitsOf(version)
  if (traits.support === 'supported') return traits
  throw new VicnfsError('VN-VIC-UNSUPPORTED', `${what} is of VIC ${version}, which vicnfs does not support.`)
}

/** What a VCH of this release does, with a vic-machine of the same one. @throws VN-VIC-UNSUPPORTED, VN-VICMACHINE-RELEASE */
export function checkReleases(vicMachineVersion: string, vchVersion: string): VicTraits {
  const traits = supportedTraits(vchVersion, 'The VCH')
  supportedTraits(vicMachineVersion, 'vic-machine')
  const [ours, theirs] = [parseVicVersion(vicMachineVersion), parseVicVersion(vchVersion)]
  const order = ours === undefined || theirs === undefined ? 0 : compareVicVersions(ours, theirs)
  if (order === 0) return traits
  throw new VicnfsError(
    'VN-VICMACHINE-RELEASE',
    `vic-machine is of VIC ${vicMachineVersion}, the VCH of ${vchVersion}: take the vic-machine of the VCH's own release.`,
    {reason: order > 0 ? NEWER_INSTALLER : OLDER_INSTALLER},
  )
}

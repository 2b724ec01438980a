import type {VCenterAbout, VchRecord} from '../vcenter/vcenter-api.js'
import {collectLogs} from './collect-logs.js'
import {readCredentials} from './credentials.js'
import {findVch} from './find-vch.js'
import {describeVch} from './describe-vch.js'
import {connectCommand, dockerVariables} from './docker-environment.js'
import {findClientCertificate} from './find-client-certificate.js'
import {CommandFailure, flagValue, type Run} from './invocation.js'
import {refuseRest} from './ls.js'
import {compareVersions, releaseText} from './releases.js'
import {openSession} from './session.js'

const FAILURE = 'inspect failed'
const WORDS = {create: 'Inspect', validate: 'Inspect', failure: FAILURE, allDatacenters: false}

/** `inspect`: how the VCH is reached; only while it is on (facts/vic-machine.md § 5). */
export async function inspectVch(run: Run): Promise<void> {
  const {narrator} = run
  const {vch, close, about} = await openVch(run)
  try {
    narrator.info('')
    narrator.info(`Installer version: ${releaseText(run.release)}`)
    narrator.info(`VCH version: ${vch.version}`)
    narrator.info('')
    narrator.info('VCH upgrade status:')
    sayUpgradeStatus(run, vch)
    if (vch.power === 'off') {
      narrator.error('VCH is not powered on, state poweredOff')
      collectLogs(run, about)
      narrator.error('VCH is not powered on, state poweredOff')
      throw new CommandFailure(FAILURE)
    }
    sayAddresses(run, vch)
    narrator.info('Completed successfully')
  } finally {
    close()
  }
}

/** `inspect config`: the options that would make this VCH; also while it is off. */
export async function inspectConfig(run: Run, format: 'raw' | 'verbose'): Promise<void> {
  const {narrator} = run
  const {vch, close} = await openVch(run)
  try {
    const options = describeVch(vch, run.world.random)
    if (format === 'raw') {
      narrator.print(`${options.join(' ')}\n`)
      return
    }
    narrator.info('')
    const lines = options.map((option) => `\n\t${option}`).join('')
    narrator.info(`${run.release.words.options} with the following options: \n${lines}\n`)
  } finally {
    close()
  }
}

/** The format asked for; an unknown one is a warning and means verbose. */
export function chooseFormat(run: Run): 'raw' | 'verbose' {
  const format = flagValue(run.flags, 'format') ?? 'verbose'
  if (format === 'raw' || format === 'verbose') return format
  run.narrator.warn(`Invalid configuration output format '${format}'. Valid options are raw, verbose.`)
  run.narrator.warn('Using verbose configuration format')
  return 'verbose'
}

async function openVch(run: Run): Promise<{vch: VchRecord; close: () => void; about: VCenterAbout}> {
  const credentials = await readCredentials(run)
  refuseRest(run)
  run.narrator.info('### Inspecting VCH ####')
  const session = await openSession(run, credentials, WORDS)
  const close = () => session.vcenter.close()
  try {
    return {vch: await findVch(run, session, {failure: FAILURE}), close, about: session.about}
  } catch (error) {
    close()
    throw error
  }
}

function sayUpgradeStatus({narrator, release}: Run, vch: VchRecord): void {
  const difference = compareVersions(vch.version, releaseText(release))
  if (difference < 0) {
    narrator.info('Upgrade available')
    return
  }
  narrator.info(difference === 0 ? 'Installer has same version as VCH' : 'Installer has older version than VCH')
  narrator.info('No upgrade available with this installer version')
}

function sayAddresses(run: Run, vch: VchRecord): void {
  const {narrator} = run
  const {endpoint, publicAddress} = vch
  if (endpoint.kind === 'tcp' && endpoint.tls)
    narrator.warn(
      'Unable to identify address acceptable to host certificate, using assigned client IP as host address.',
    )
  const bridge = vch.networks.find((network) => network.driver === 'bridge')?.subnet ?? '172.16.0.0/12'
  const certificates = findClientCertificate(run, vch.name, endpoint)
  saySections(run, [
    [`VCH ID: ${vch.id}`],
    ['VCH Admin Portal:', `https://${publicAddress}:2378`],
    [
      `VCH Default Bridge Network Range: ${bridge}`,
      `VCH Default Bridge Network Width: ${bridge.endsWith('/12') ? '16' : bridge.split('/')[1]}`,
    ],
    ['Published ports can be reached at:', publicAddress],
    ['Management traffic will use:', publicAddress],
  ])
  if (endpoint.kind === 'tcp' && endpoint.clientAuthority !== undefined && certificates === undefined) {
    narrator.info('')
    narrator.warn('Unable to find valid client certs')
    narrator.warn(
      'DOCKER_CERT_PATH must be provided in environment or certificates specified individually via CLI arguments',
    )
  }
  saySections(run, [
    ['Docker environment variables:', dockerVariables(endpoint, certificates)],
    ['Connect to docker:', connectCommand(endpoint)],
  ])
}

/** An empty line before each. */
function saySections({narrator}: Run, sections: readonly (readonly string[])[]): void {
  for (const section of sections) {
    narrator.info('')
    for (const line of section) narrator.info(line)
  }
}

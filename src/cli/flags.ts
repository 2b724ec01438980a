import {Flags} from '@oclif/core'

import {parseDuration} from '../model/duration.js'

/** A length of time such as `90s` or `5m`; the flag's value is milliseconds. */
export const durationFlag = Flags.custom<number>({
  parse: (text) => Promise.resolve(parseDuration(text)),
  helpValue: '<duration>',
})

/** Where the server container runs; docker's own DOCKER_HOST, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH hold without them. */
export const serverFlags = {
  host: Flags.string({char: 'H', summary: 'Docker endpoint of the server VCH (else DOCKER_HOST)', helpGroup: 'SERVER'}),
  context: Flags.string({summary: 'Docker context of the server VCH', helpGroup: 'SERVER', exclusive: ['host']}),
  'cert-path': Flags.string({
    summary: 'Folder with ca.pem, cert.pem, key.pem for the server VCH (else DOCKER_CERT_PATH)',
    helpGroup: 'SERVER',
  }),
  'no-tlsverify': Flags.boolean({
    summary: "Do not check the server VCH's certificate, as one made with --no-tlsverify needs (else DOCKER_TLS)",
    helpGroup: 'SERVER',
  }),
}

/** Where the share is registered; the server VCH without them. */
export const consumerFlags = {
  'consumer-host': Flags.string({
    summary: 'Docker endpoint of the consumer VCH (default: the server VCH)',
    helpGroup: 'CONSUMER',
    env: 'VICNFS_CONSUMER_HOST',
  }),
  'consumer-cert-path': Flags.string({
    summary: 'Folder with ca.pem, cert.pem, key.pem for the consumer VCH',
    helpGroup: 'CONSUMER',
    env: 'VICNFS_CONSUMER_CERT_PATH',
  }),
  'consumer-no-tlsverify': Flags.boolean({
    summary: "Do not check the consumer VCH's certificate, as one made with --no-tlsverify needs",
    helpGroup: 'CONSUMER',
    env: 'VICNFS_CONSUMER_NO_TLSVERIFY',
  }),
}

/** How vic-machine is run and which VCH it changes. The password comes from VIC_MACHINE_PASSWORD or the terminal (S8). */
export const vicMachineFlags = {
  'vic-machine': Flags.string({
    summary: 'Path of the vic-machine program',
    helpGroup: 'VIC-MACHINE',
    env: 'VICNFS_VIC_MACHINE',
  }),
  target: Flags.string({summary: 'vCenter or ESXi host', helpGroup: 'VIC-MACHINE', env: 'VIC_MACHINE_TARGET'}),
  user: Flags.string({
    summary: 'vSphere user; the password is taken from VIC_MACHINE_PASSWORD, or asked for',
    helpGroup: 'VIC-MACHINE',
    env: 'VIC_MACHINE_USER',
  }),
  thumbprint: Flags.string({
    summary: "Thumbprint of the vCenter's certificate",
    helpGroup: 'VIC-MACHINE',
    env: 'VIC_MACHINE_THUMBPRINT',
  }),
  vch: Flags.string({summary: 'Name of the consumer VCH in vSphere', helpGroup: 'VIC-MACHINE', env: 'VICNFS_VCH'}),
  'vch-id': Flags.string({
    summary: 'Id of the consumer VCH in vSphere, such as vm-123; wins over --vch',
    helpGroup: 'VIC-MACHINE',
    env: 'VICNFS_VCH_ID',
  }),
  'compute-resource': Flags.string({
    summary: 'Compute resource that --vch is looked for in',
    helpGroup: 'VIC-MACHINE',
    env: 'VICNFS_COMPUTE_RESOURCE',
  }),
}

/** Time limits, by what is waited for; values are milliseconds. */
export const timeFlags = {
  'ready-timeout': timeFlag(
    'For the share to become mountable, and for each container of a proof to end',
    '5m',
    'VICNFS_READY_TIMEOUT',
  ),
  'vic-machine-timeout': timeFlag('For vic-machine to end', '15m', 'VICNFS_VIC_MACHINE_TIMEOUT'),
  'vch-timeout': timeFlag('For the VCH to come back', '10m', 'VICNFS_VCH_TIMEOUT'),
  'step-timeout': timeFlag('For one request over the network', '5s', 'VICNFS_STEP_TIMEOUT'),
}

function timeFlag(summary: string, defaultText: string, env: string) {
  return durationFlag({
    summary,
    helpGroup: 'TIME LIMIT',
    default: parseDuration(defaultText),
    defaultHelp: () => Promise.resolve(defaultText),
    env,
  })
}

const RESET_PROGRESS = 'Clear the mark of an unfinished configure first'

/** Consents: never from the environment, so that no old setting agrees to a new change. */
export const consentFlags = {
  yes: consentFlag('Do what the plan says without asking'),
  'allow-self-hosted': consentFlag(
    'The server may run on the VCH that mounts the share, or on one that needs it in turn',
  ),
  'address-reserved': consentFlag("The server's address is reserved for it and stays the same"),
  'adopt-store': consentFlag('Use a share that already has volumes but no record of their VCH'),
  recreate: consentFlag('Replace the server container by one with the new settings at the same address'),
  park: consentFlag('Replace the server by an empty one, so that the VCH goes on booting'),
  'reset-progress': consentFlag(RESET_PROGRESS),
  'no-rollback': consentFlag('Leave the VCH as it is when it does not come back'),
  'delete-volume': consentFlag('Delete the volume and its data; needs --confirm with its name'),
}

/** Consents to what comes with --register only. */
export const registerConsentFlags = {
  'reset-progress': consentFlag(RESET_PROGRESS, {dependsOn: ['register']}),
}

/** The name of the volume that --delete-volume may delete. */
export const confirmFlag = {
  confirm: Flags.string({
    summary: 'Name of the volume to delete, once more',
    helpGroup: 'CONSENT',
    helpValue: '<volume>',
  }),
}

/** Consents to what comes with --recreate of scratch space only: its data goes with the server container. */
export const recreateFlags = {
  'delete-volume': consentFlag('With --recreate of scratch space: its data goes; needs --confirm with its name', {
    dependsOn: ['recreate', 'scratch'],
  }),
  confirm: Flags.string({
    summary: 'Name of the scratch space whose data goes, once more',
    helpGroup: 'CONSENT',
    helpValue: '<name>',
    dependsOn: ['delete-volume'],
  }),
}

/** The consent to an exchange of the server container, when it was given. */
export function toRecreate(flags: {
  readonly recreate: boolean
  readonly 'delete-volume': boolean
  readonly confirm?: string | undefined
}) {
  if (!flags.recreate) return {}
  const confirm = flags.confirm === undefined ? {} : {confirm: flags.confirm}
  return {recreate: {deleteVolume: flags['delete-volume'], ...confirm}}
}

function consentFlag(summary: string, relation: {readonly dependsOn?: string[]} = {}) {
  return Flags.boolean({...relation, summary, helpGroup: 'CONSENT'})
}

/** Where the server VCH is, as typed. */
export interface ServerSettings {
  readonly host?: string
  readonly context?: string
  readonly certPath?: string
  readonly tlsVerify?: boolean
}

/** The values of `serverFlags` under their names in the services; absent ones stay absent. */
export function toServerSettings(flags: {
  readonly host?: string | undefined
  readonly context?: string | undefined
  readonly 'cert-path'?: string | undefined
  readonly 'no-tlsverify'?: boolean | undefined
}): ServerSettings {
  const settings = present({host: flags.host, context: flags.context, certPath: flags['cert-path']})
  return {...settings, ...unchecked(flags['no-tlsverify'])}
}

/** The values of `consumerFlags`; empty when the consumer is the server VCH. */
export function toConsumerSettings(flags: {
  readonly 'consumer-host'?: string | undefined
  readonly 'consumer-cert-path'?: string | undefined
  readonly 'consumer-no-tlsverify'?: boolean | undefined
}): Omit<ServerSettings, 'context'> {
  const settings = present({host: flags['consumer-host'], certPath: flags['consumer-cert-path']})
  return {...settings, ...unchecked(flags['consumer-no-tlsverify'])}
}

function unchecked(flag: boolean | undefined): Pick<ServerSettings, 'tlsVerify'> {
  return flag === true ? {tlsVerify: false} : {}
}

/** The values of `vicMachineFlags`. */
export interface VicMachineFlagSettings {
  readonly path?: string
  readonly target?: string
  readonly user?: string
  readonly thumbprint?: string
  readonly vchName?: string
  readonly vchId?: string
  readonly computeResource?: string
}

type VicMachineFlagValues = Readonly<Partial<Record<keyof typeof vicMachineFlags, string | undefined>>>

export function toVicMachineSettings(flags: VicMachineFlagValues): VicMachineFlagSettings {
  return present({
    path: flags['vic-machine'],
    target: flags.target,
    user: flags.user,
    thumbprint: flags.thumbprint,
    vchName: flags.vch,
    vchId: flags['vch-id'],
    computeResource: flags['compute-resource'],
  })
}

/** The values of `timeFlags`. */
export interface TimeLimits {
  readonly readyTimeoutMs: number
  readonly vicMachineTimeoutMs: number
  readonly vchTimeoutMs: number
  readonly stepTimeoutMs: number
}

export function toTimeLimits(flags: Readonly<Record<keyof typeof timeFlags, number>>): TimeLimits {
  return {
    readyTimeoutMs: flags['ready-timeout'],
    vicMachineTimeoutMs: flags['vic-machine-timeout'],
    vchTimeoutMs: flags['vch-timeout'],
    stepTimeoutMs: flags['step-timeout'],
  }
}

type Present<T> = {[K in keyof T]?: Exclude<T[K], undefined>}

/** An empty setting is no setting: `VICNFS_CONSUMER_HOST=` in an env file means "not set". */
function present<T extends Readonly<Record<string, string | undefined>>>(values: T): Present<T> {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined && value !== '')
  return Object.fromEntries(entries) as Present<T>
}

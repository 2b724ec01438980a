import path from 'node:path'

import {parseDuration} from '../model/duration.js'
import {shareRequest} from '../model/share-request.js'
import {parseCapacityMb} from '../model/size.js'
import type {Inspection} from './inspection.js'
import {mergeDefaults} from './merged-share.js'
import type {Runbook, RunbookShare, RunbookStep, RunbookStore, RunbookVch, RunbookVerify} from './runbook.js'
import type {ShapedRunbook} from './schema.js'
import {wishOf} from './share-wish.js'

const DEFAULT_STEP_TIMEOUT = '5m'
const DEFAULT_PASSWORD_VARIABLE = 'VIC_MACHINE_PASSWORD'
/** Shorter values cannot be told from innocent text; to take them out would make what is shown unreadable. */
const SHORTEST_SECRET = 4

type Shaped<Key extends 'vchs' | 'shares'> = ShapedRunbook[Key][string]

export interface BuildOptions {
  readonly file: string
  /** Folder that relative paths begin from. */
  readonly folder: string
  readonly inspection: Inspection
}

/** The runbook that a document without any problem describes. */
export function buildRunbook(shaped: ShapedRunbook, options: BuildOptions): Runbook {
  const verify = verifyOf(shaped.verify ?? shaped.defaults?.verify)
  return {
    file: options.file,
    vchs: Object.entries(shaped.vchs).map(([key, vch]) => vchOf(key, vch, options)),
    shares: Object.entries(shaped.shares).map(([key, share]) => shareOf(key, share, shaped.defaults)),
    steps: (shaped.steps ?? []).map((step, index) => stepOf(step, index, options)),
    ...(verify === undefined ? {} : {verify}),
  }
}

function vchOf(key: string, vch: Shaped<'vchs'>, options: BuildOptions): RunbookVch {
  const {docker, 'cert-path': certPath, 'no-tlsverify': unchecked, 'vic-machine': vicMachine} = vch
  return {
    key,
    docker: {
      host: docker,
      ...(certPath === undefined ? {} : {certPath: path.resolve(options.folder, certPath)}),
      ...(unchecked === true ? {tlsVerify: false} : {}),
    },
    ...(vicMachine === undefined ? {} : {vicMachine: vicMachineOf(vicMachine, options)}),
  }
}

function vicMachineOf(
  vicMachine: NonNullable<Shaped<'vchs'>['vic-machine']>,
  {folder}: BuildOptions,
): NonNullable<RunbookVch['vicMachine']> {
  const {path: program, target, user, thumbprint, vch, 'vch-id': vchId} = vicMachine
  const {'compute-resource': computeResource, 'password-env': passwordVariable} = vicMachine
  return {
    // A bare name is looked for in PATH.
    path: /[/\\]/.test(program) ? path.resolve(folder, program) : program,
    target,
    user,
    ...(thumbprint === undefined ? {} : {thumbprint}),
    ...(vch === undefined ? {} : {vchName: vch}),
    ...(vchId === undefined ? {} : {vchId}),
    ...(computeResource === undefined ? {} : {computeResource}),
    passwordVariable: passwordVariable ?? DEFAULT_PASSWORD_VARIABLE,
  }
}

function shareOf(key: string, share: Shaped<'shares'>, defaults: ShapedRunbook['defaults']): RunbookShare {
  const merged = mergeDefaults(share, defaults)
  const name = share.volume ?? key
  return {
    key,
    vch: merged.vch ?? '',
    volume: volumeOf(name, merged.create),
    request: shareRequest({name, scratch: merged.scratch ?? false}, wishOf(merged)),
    stores: storesOf(share),
  }
}

function volumeOf(name: string, create: ReturnType<typeof mergeDefaults>['create']): RunbookShare['volume'] {
  if (typeof create !== 'object') return {name, create: create ?? false}
  const {capacity, 'volume-store': store} = create
  return {
    name,
    create: true,
    ...(capacity === undefined ? {} : {capacityMb: parseCapacityMb(String(capacity))}),
    ...(store === undefined ? {} : {store}),
  }
}

function storesOf({store, directories = {}}: Shaped<'shares'>): RunbookStore[] {
  const whole = store === undefined ? [] : [store]
  return [...whole, ...Object.entries(directories).map(([directory, each]) => ({...each, directory}))]
}

function verifyOf(verify: ShapedRunbook['verify']): RunbookVerify | undefined {
  if (verify === undefined || verify === false) return undefined
  if (verify === true) return {requireNonRoot: false}
  const {image, 'require-non-root': requireNonRoot = false} = verify
  return {requireNonRoot, ...(image === undefined ? {} : {image})}
}

function stepOf(
  step: NonNullable<ShapedRunbook['steps']>[number],
  index: number,
  {inspection}: BuildOptions,
): RunbookStep {
  const at = ['steps', index]
  const words = step.run.map((_word, position) => [...at, 'run', position])
  const variables = Object.keys(step.env ?? {}).map((name) => [name, [...at, 'env', name]] as const)
  const places = [...words, ...variables.map(([, place]) => place)]
  const secrets = places.flatMap((place) => inspection.secretsAt(place))
  return {
    name: step.name,
    when: step.before === undefined ? 'after' : 'before',
    phase: step.before ?? step.after ?? 'shares',
    ...(step.vch === undefined ? {} : {vch: step.vch}),
    run: words.map((place) => inspection.textAt(place)),
    env: Object.fromEntries(variables.map(([name, place]) => [name, inspection.textAt(place)])),
    secrets: [...new Set(secrets)].filter((secret) => secret.length >= SHORTEST_SECRET),
    timeoutMs: parseDuration(String(step.timeout ?? DEFAULT_STEP_TIMEOUT)),
    runs: step.runs ?? 'changed',
  }
}

import {parseStoreArgument} from '../../../src/sandbox/vic-machine/store-argument.js'
import {stateNamed, STATE_NAMES, type VchKnobs, type VchState, type VicMachineCase} from './cases.js'
import {comparable} from './comparable.js'
import type {RecordedState, Recording} from './recording.js'
import {replayCase, type Outcome} from './replay-case.js'

/** Whether a replay is what was recorded: words, exit code, files and the state afterwards. */
export function isRepeated(outcome: Outcome, recorded: Recording): boolean {
  return (
    comparable(outcome.stdout) === comparable(recorded.stdout) &&
    comparable(outcome.stderr) === comparable(recorded.stderr) &&
    outcome.exit === recorded.exit &&
    (recorded.files === undefined || isSame(outcome.files, recorded.files)) &&
    (recorded.after === undefined || isSame(outcome.after, recorded.after))
  )
}

/**
 * For a recording that the table does not know: how the VCH stood before is not recorded, so it is looked for.
 * @returns a case from which the stand-in repeats the recording; undefined when there is none among those tried
 */
export async function findCase(recorded: Recording): Promise<VicMachineCase | undefined> {
  for (const world of worldsOf(recorded)) {
    for (const vch of knobsOf(recorded)) {
      for (const before of statesOf(recorded)) {
        const row = {...calledAs(recorded), ...(world && {world}), vch, before}
        if (isRepeated(await replayCase(row), recorded)) return row
      }
    }
  }
  return undefined
}

function calledAs(recorded: Recording): VicMachineCase {
  const {name, release, argv, environment, stdin, streams, exit} = recorded
  const quoted = argv.slice(1).map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`)
  return {
    case: name,
    argv: quoted.join(' '),
    release,
    environment,
    ...(stdin !== '/dev/null' && {stdin: stdin === 'terminal' ? 'terminal' : 'pipe'}),
    ...(streams !== 'two pipes' && {terminal: streams === 'one terminal' ? 'both' : 'stderr'}),
    ...(recorded.stderr.startsWith('Error opening logfile') && {folder: 'read-only'}),
    exit: exit as VicMachineCase['exit'],
    says: [],
    means: '',
  }
}

type World = VicMachineCase['world']

function worldsOf({stdout, stderr}: Recording): World[] {
  const said = stdout + stderr
  if (/vm-1[45]1|DC1/.test(said)) return ['two-datacenters']
  if (/vm-83|my vch-2/.test(said)) return ['two-vchs']
  if (said.includes('vm-47')) return ['one-cluster']
  if (said.includes('vm-72')) return ['old']
  return [undefined, 'empty', 'one-cluster', 'old']
}

/** What the VCH did shows in the words. */
function knobsOf({stdout, exit}: Recording): VchKnobs[] {
  const says = (pattern: RegExp) => pattern.test(stdout)
  const release = /VCH version: v([\d.]+)|configure VCH with version v([\d.]+)| {8}v([\d.]+)-/.exec(stdout)
  const made = release?.slice(1).find(Boolean)
  const common = made === undefined ? {} : {release: made}
  const offline = [...stdout.matchAll(/VolumeStore \((\S+)\) (?:cannot be|specified was)/g)].map(
    ([, label = '']) => label,
  )
  if (typeof exit === 'string')
    return [
      {...common, guest: 'silent'},
      {...common, docker: 'refuses'},
    ]
  if (says(/gave HTTP response to HTTPS client/)) return [{...common, docker: 'plain-http'}]
  if (says(/check failed: context deadline exceeded/)) return [{docker: 'refuses'}, {guest: 'silent'}]
  if (says(/hostname doesn't match/)) return [{docker: 'other-name'}]
  if (says(/Expected TLS error/)) return [{docker: 'client-certificate'}]
  if (says(/Component did not launch/)) return [{guest: 'port-layer-error'}]
  if (says(/retrying task/)) return [{vcenter: 'task-in-progress'}]
  const older = {...common, release: '1.5.8'}
  return [{...common, ...(offline.length > 0 && {offline})}, common, older]
}

/** The states of the table, and what was found afterwards with and without what the arguments name last. */
function statesOf({argv, after, stdout}: Recording): VchState[] {
  const named = STATE_NAMES.map((name) => stateNamed(name))
  const shown = [...stdout.matchAll(/(?:^|\s|\\t)--volume-store=(.*?)(?= --[a-z]|\\n|\n|$)/g)].map(([, store = '']) =>
    decodeURI(store).replaceAll('%2F', '/'),
  )
  const found = after === undefined ? shown : storesOf(after, argv)
  const kept = [
    found,
    found.slice(0, -1),
    found.slice(0, -2),
    ...found.map((one) => found.filter((other) => other !== one)),
  ]
  const made = kept.flatMap((stores) =>
    ([undefined, false, true] as const).flatMap((flag) =>
      [0, 1, 2].map((snapshots): VchState => ({stores, flag, snapshots, power: after?.power ?? 'on', holds: 'fresh'})),
    ),
  )
  return [...made, ...named]
}

/** As they were typed where the arguments say it, in that order. */
function storesOf(after: RecordedState, argv: readonly string[]): string[] {
  const typed = argv.flatMap((word, index) => (argv[index - 1] === '--volume-store' ? [word] : []))
  const order = typed.map((text) => text.slice(text.lastIndexOf(':') + 1))
  const stores = after.stores.map((line) => {
    const [label = '', scheme, host, path, query] = line.split(' | ')
    const asTyped = typed.find((text) => isOf(text, label))
    const again = scheme === 'ds' ? `${host}/${path}` : `nfs://${host}${path}${query === '' ? '' : `?${query}`}`
    return {place: order.indexOf(label), text: asTyped ?? `${again}:${label}`}
  })
  return stores.sort((one, other) => one.place - other.place).map(({text}) => text)
}

function isOf(text: string, label: string): boolean {
  try {
    return parseStoreArgument(text).label === label
  } catch {
    return false
  }
}

function isSame(one: unknown, other: unknown): boolean {
  const sorted = (value: unknown) => JSON.stringify(Object.entries(value ?? {}).sort())
  return sorted(one) === sorted(other)
}

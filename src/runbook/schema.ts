import * as v from 'valibot'

import {SQUASH_MODES} from '../model/share.js'
import {PHASES} from './runbook.js'

/** What a runbook may say, and what each key means: the one source of checks, completions in editors, and messages. */

const text = (description: string) => v.pipe(v.string(), v.minLength(1), v.description(description))
const whole = (description: string) => v.pipe(v.number(), v.integer(), v.description(description))
const truth = (description: string) => v.pipe(v.boolean(), v.description(description))
const mayBe = v.optional

/** A word of a command or of its environment: numbers and truth values are taken as they are written. */
const word = v.pipe(v.union([v.string(), v.number(), v.boolean()]), v.description('A word, taken as it is written'))

const vicMachineBlock = v.strictObject({
  path: text('The vic-machine program: a path (from the folder of this file), or a name to look for in PATH'),
  target: text('vCenter or ESXi host, with the datacenter if there are several: vcenter.example.com/DC1'),
  user: text('vSphere user; the password is never in a runbook'),
  thumbprint: mayBe(text("Thumbprint of the vCenter's certificate")),
  vch: mayBe(text('Name of the VCH in vSphere; or vch-id')),
  'vch-id': mayBe(text('Id of the VCH in vSphere, such as vm-123; or vch')),
  'compute-resource': mayBe(text('Compute resource that the name of the VCH is looked for in')),
  'password-env': mayBe(
    text('Name of the environment variable that holds the vSphere password (default: VIC_MACHINE_PASSWORD)'),
  ),
})

const vchBlock = v.strictObject({
  docker: text('Docker endpoint: tcp://host:2376, https://host:2376, host:2376 or unix:///path'),
  'cert-path': mayBe(text('Folder with ca.pem, cert.pem, key.pem, from the folder of this file')),
  'no-tlsverify': mayBe(truth("Do not check the VCH's certificate, as one made with --no-tlsverify needs")),
  'vic-machine': mayBe(
    v.pipe(vicMachineBlock, v.description('How vic-machine reaches this VCH; needed where stores are registered')),
  ),
})

const storeBlock = v.strictObject({
  label: text('Label of the volume store: what docker volume create --opt VolumeStore=… names'),
  vch: text('The consumer VCH, by its name under vchs'),
})

const create = v.union([
  v.boolean(),
  v.strictObject({
    capacity: mayBe(
      v.pipe(
        v.union([v.string(), v.number()]),
        v.description('Size of a new volume: 512MB, 5GB, 1TB; a plain number is megabytes (default: 1024MB)'),
      ),
    ),
    'volume-store': mayBe(
      text('Label of the volume store that a new volume is made in (default: the one labelled "default")'),
    ),
  }),
])

/** What a share may say of its own, and what `defaults` may say for all of them. */
const common = {
  vch: mayBe(text('The server VCH, by its name under vchs: here the NFS server container runs')),
  create: mayBe(v.pipe(create, v.description('Make the volume if it does not exist; without this it must exist'))),
  scratch: mayBe(truth('Share scratch space in place of a volume; its data goes with the server container')),
  image: mayBe(text('NFS server image (default: the one of this release)')),
  network: mayBe(text('Network of the server container (default: the only container network)')),
  'export-folder': mayBe(text('Folder that is exported (default: /exports/ and the name of the volume)')),
  'mountd-port': mayBe(whole('TCP port of mountd (default: 32767)')),
  'lockd-port': mayBe(whole('TCP port of lockd (default: 32768)')),
  'export-opts': mayBe(text('Export options to the letter; in place of allow, squash and secure-ports')),
  allow: mayBe(
    v.pipe(v.array(v.string()), v.description('Client addresses or networks that may mount (default: everybody)')),
  ),
  squash: mayBe(
    v.pipe(v.picklist(SQUASH_MODES), v.description('What becomes of root on the clients (default: no_root_squash)')),
  ),
  uid: mayBe(whole('Owner of the export; for good once registered (default: 0)')),
  gid: mayBe(whole('Group of the export; for good once registered (default: the uid)')),
  'secure-ports': mayBe(truth('Refuse clients with a source port of 1024 or above; preflight then needs root')),
}

const shareBlock = v.strictObject({
  ...common,
  volume: mayBe(text('The volume that is shared, or the name of the scratch space (default: the name of the share)')),
  ip: mayBe(text('Fixed address of the server container on its network (default: a free one of its range)')),
  store: mayBe(v.pipe(storeBlock, v.description('The whole share as the volume store of one VCH; or directories'))),
  directories: mayBe(
    v.pipe(
      v.record(v.string(), v.pipe(storeBlock, v.description('A store: its label and its VCH'))),
      v.description('A directory of the share for each of several VCHs, as a volume store of it; or store'),
    ),
  ),
})

const verify = v.pipe(
  v.union([
    v.boolean(),
    v.strictObject({
      image: mayBe(text('Image of the two containers (default: the server image of the share)')),
      'require-non-root': mayBe(truth('Fail when only root can write')),
    }),
  ]),
  v.description('Prove each new store by two containers of its VCH that share data'),
)

const stepBlock = v.strictObject({
  name: text('What the step is called in the progress and in the journal; each name once'),
  before: mayBe(v.pipe(v.picklist(PHASES), v.description('Run before this phase; or after'))),
  after: mayBe(v.pipe(v.picklist(PHASES), v.description('Run after this phase; or before'))),
  vch: mayBe(text('Only for the stores or proofs of this VCH, by its name under vchs')),
  run: v.pipe(v.array(word), v.minLength(1), v.description('Program and arguments; there is no shell')),
  env: mayBe(v.pipe(v.record(v.string(), word), v.description('Added to the environment of the command'))),
  timeout: mayBe(
    v.pipe(v.union([v.string(), v.number()]), v.description('How long it may take, such as 90s or 5m (default: 5m)')),
  ),
  runs: mayBe(
    v.pipe(
      v.picklist(['changed', 'always']),
      v.description('changed: only when the phase has something to do; always: at every apply (default: changed)'),
    ),
  ),
})

export const runbookSchema = v.strictObject({
  version: v.pipe(v.literal(1), v.description('Version of the format: 1')),
  defaults: mayBe(
    v.pipe(
      v.strictObject({...common, verify: mayBe(verify)}),
      v.description('What holds for every share that does not say it'),
    ),
  ),
  vchs: v.pipe(
    v.record(
      v.string(),
      v.pipe(vchBlock, v.description('A VCH: its docker endpoint, and vic-machine where stores are registered')),
    ),
    v.description('The VCHs, each under a name for this file'),
  ),
  shares: v.pipe(
    v.record(v.string(), v.pipe(shareBlock, v.description('A share: its server VCH, its volume, its stores'))),
    v.description('The shares, each under a name for this file'),
  ),
  verify: mayBe(verify),
  steps: mayBe(
    v.pipe(
      v.array(v.pipe(stepBlock, v.description('A step: name, when, and what to run'))),
      v.description("Commands of the operator's own, between those of vicnfs"),
    ),
  ),
})

/** A runbook of the right shape, before names are resolved and rules are checked. */
export type ShapedRunbook = v.InferOutput<typeof runbookSchema>

/** The same while parts of it are missing or wrong. */
export type Loose<T> = T extends readonly (infer Item)[]
  ? readonly Loose<Item>[]
  : T extends object
    ? {readonly [Key in keyof T]?: Loose<T[Key]> | undefined}
    : T

export type LooseRunbook = Loose<ShapedRunbook>

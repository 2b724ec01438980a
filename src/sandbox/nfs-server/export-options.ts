import {isIPv6} from 'node:net'

/** Who may mount the export, and as whom: one client entry of EXPORT_OPTS (exports(5)). */
export interface ExportRule {
  /** `*`, an address, or a network as address/length. */
  readonly pattern: string
  readonly readOnly: boolean
  /** False with `async`: nothing is forced to disk before a reply. */
  readonly sync: boolean
  /** Source ports of 1024 and above are refused. */
  readonly secure: boolean
  readonly rootSquash: boolean
  readonly allSquash: boolean
  readonly anonUid: number
  readonly anonGid: number
}

export interface ParsedExportOptions {
  readonly rules: readonly ExportRule[]
  /** One sentence per fault, in the image's words; empty when the text is good. */
  readonly faults: readonly string[]
  /** Clients that the image would look up by name, which nothing does here. */
  readonly unresolved: readonly string[]
}

type Draft = {-readonly [K in keyof ExportRule]: ExportRule[K]}

/** Default of exports(5); the anonymous user of the kernel's server is 65534 (facts/nfs-server.md § 4). */
const DEFAULTS: Omit<ExportRule, 'pattern'> = {
  readOnly: true,
  sync: true,
  secure: true,
  rootSquash: true,
  allSquash: false,
  anonUid: 65_534,
  anonGid: 65_534,
}

const SWITCHES: Readonly<Record<string, (draft: Draft) => void>> = {
  rw: (draft) => (draft.readOnly = false),
  ro: (draft) => (draft.readOnly = true),
  sync: (draft) => (draft.sync = true),
  async: (draft) => (draft.sync = false),
  secure: (draft) => (draft.secure = true),
  insecure: (draft) => (draft.secure = false),
  root_squash: (draft) => (draft.rootSquash = true),
  no_root_squash: (draft) => (draft.rootSquash = false),
  all_squash: (draft) => (draft.allSquash = true),
  no_all_squash: (draft) => (draft.allSquash = false),
}

/** Options that exportfs knows and that change nothing for one directory without locks and ACLs. */
const WITHOUT_EFFECT = new Set(
  (
    'subtree_check no_subtree_check wdelay no_wdelay hide nohide crossmnt insecure_locks secure_locks ' +
    'auth_nlm no_auth_nlm acl no_acl mountpoint mp'
  ).split(' '),
)

const ID_LIMIT = 0xff_ff_ff_ff

function applyValue(draft: Draft, key: string, value: string): string | undefined {
  if (key === 'anonuid' || key === 'anongid') {
    const isGood = /^(0|[1-9]\d{0,9})$/.test(value) && Number(value) <= ID_LIMIT
    if (!isGood) return `${key} must be a whole number`
    if (key === 'anonuid') draft.anonUid = Number(value)
    else draft.anonGid = Number(value)
    return undefined
  }
  if (key === 'fsid') return 'fsid is set by EXPORT_FSID'
  if (key === 'sec') return value === 'sys' ? undefined : `sec=${value} is not offered, a VCH has AUTH_SYS only`
  return `there is no option "${key}=${value}"`
}

function applyOption(draft: Draft, option: string): string | undefined {
  const apply = Object.hasOwn(SWITCHES, option) ? SWITCHES[option] : undefined
  if (apply !== undefined) {
    apply(draft)
    return undefined
  }
  if (WITHOUT_EFFECT.has(option)) return undefined
  const equals = option.indexOf('=')
  if (equals > 0) return applyValue(draft, option.slice(0, equals), option.slice(equals + 1))
  return `there is no option "${option}"`
}

const ENTRY = /^([^()"\\]+)(?:\(([^()]*)\))?$/
const NETGROUP = /^@[\w.-]+$/
const NAME_PATTERN = /^(\[[\w-]+\]|[*?\w])(\[[\w-]+\]|[*?\w.-])*$/

/** An address, a network, a host name, a netgroup, or a pattern of names (exports(5)). */
function isClient(text: string): boolean {
  if (text === '*' || parseNetwork(text) !== undefined || NETGROUP.test(text)) return true
  if (text.includes(':')) return isNetworkOfVersion6(text)
  return NAME_PATTERN.test(text) && !/^[\d.]+$/.test(text)
}

function isNetworkOfVersion6(text: string): boolean {
  const [address = '', length = '128', more] = text.split('/')
  return isIPv6(address) && more === undefined && /^\d{1,3}$/.test(length) && Number(length) <= 128
}

/** @returns the rule of one entry, or its faults */
function readEntry(entry: string): {readonly rule?: ExportRule; readonly faults: readonly string[]} {
  const match = ENTRY.exec(entry)
  if (match === null)
    return {faults: [`EXPORT_OPTS must be entries like *(rw,sync) without a blank inside, "${entry}" is none`]}
  const [, pattern = '', list = ''] = match
  if (!isClient(pattern)) return {faults: [`EXPORT_OPTS names "${pattern}", which is no address, network or host name`]}
  const draft: Draft = {...DEFAULTS, pattern}
  const options = list === '' ? [] : list.replace(/,$/, '').split(',')
  const objections = options.map((option) => applyOption(draft, option))
  const faults = objections.filter((objection) => objection !== undefined)
  return {rule: draft, faults: faults.map((fault) => `EXPORT_OPTS of the client "${pattern}": ${fault}`)}
}

/**
 * Reads EXPORT_OPTS: client entries such as `10.0.0.0/24(rw,insecure)`, separated by blanks.
 * An option that is not known is a fault, as it is for the image and for exportfs.
 */
export function parseExportOptions(text: string): ParsedExportOptions {
  if (/\p{Cc}/u.test(text)) return {rules: [], faults: ['EXPORT_OPTS must not hold control characters'], unresolved: []}
  const entries = text.split(/\s+/).filter((part) => part !== '')
  const read = entries.map((entry) => readEntry(entry))
  const rules = read.flatMap(({rule}) => rule ?? [])
  return {
    rules,
    faults: entries.length === 0 ? ['EXPORT_OPTS names no client'] : read.flatMap(({faults}) => faults),
    unresolved: rules.map(({pattern}) => pattern).filter((pattern) => !isClientPattern(pattern)),
  }
}

function isClientPattern(pattern: string): boolean {
  return pattern === '*' || parseNetwork(pattern) !== undefined
}

interface Network {
  readonly base: number
  readonly length: number
}

function parseAddress(text: string): number | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)) return undefined
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0)
}

function parseNetwork(pattern: string): Network | undefined {
  const [addressText = '', lengthText = '32', more] = pattern.split('/')
  const base = parseAddress(addressText)
  if (base === undefined || more !== undefined) return undefined
  const length = maskLength(lengthText)
  return length === undefined ? undefined : {base, length}
}

function maskLength(text: string): number | undefined {
  if (/^\d{1,2}$/.test(text)) return Number(text) <= 32 ? Number(text) : undefined
  const mask = parseAddress(text)
  if (mask === undefined) return undefined
  const length = mask.toString(2).replaceAll('0', '').length
  return mask === 2 ** 32 - 2 ** (32 - length) ? length : undefined
}

/**
 * The entry that holds for a client: the narrowest network wins, `*` comes last (exports(5)).
 * @param address IPv4 address, also in its IPv6-mapped form
 */
export function ruleFor(rules: readonly ExportRule[], address: string): ExportRule | undefined {
  const client = parseAddress(address.replace(/^::ffff:/, ''))
  let best: {readonly rule: ExportRule; readonly length: number} | undefined
  for (const rule of rules) {
    const network = rule.pattern === '*' ? {base: 0, length: -1} : parseNetwork(rule.pattern)
    if (network === undefined) continue
    const block = 2 ** (32 - Math.max(network.length, 0))
    const inside =
      network.length === -1 || (client !== undefined && Math.floor(client / block) === Math.floor(network.base / block))
    if (inside && (best === undefined || network.length > best.length)) best = {rule, length: network.length}
  }
  return best?.rule
}

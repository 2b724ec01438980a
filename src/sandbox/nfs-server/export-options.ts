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
  /** Identity of the file system inside file handles; absent: that of the directory itself. */
  readonly fsid?: string
}

export interface ParsedExportOptions {
  readonly rules: readonly ExportRule[]
  /** One line per fault, in exportfs's words where it has some; empty when the text is good. */
  readonly faults: readonly string[]
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
    'subtree_check no_subtree_check wdelay no_wdelay hide nohide crossmnt nocrossmnt insecure_locks secure_locks ' +
    'auth_nlm no_auth_nlm acl no_acl pnfs no_pnfs mountpoint mp nordirplus security_label'
  ).split(' '),
)

const ID_LIMIT = 0xff_ff_ff_ff

function applyValue(draft: Draft, key: string, value: string): string | undefined {
  if (key === 'anonuid' || key === 'anongid') {
    const id = /^-?\d+$/.test(value) ? Number(value) : Number.NaN
    if (Number.isNaN(id) || id < -2 || id > ID_LIMIT) return `bad ${key} "${value}"`
    if (key === 'anonuid') draft.anonUid = id >>> 0
    else draft.anonGid = id >>> 0
    return undefined
  }
  if (key === 'fsid') {
    if (!/^(root|\d{1,10}|[0-9a-fA-F-]{16,36})$/.test(value)) return `bad fsid "${value}"`
    draft.fsid = value === 'root' ? '0' : value.toLowerCase().replaceAll('-', '')
    return undefined
  }
  if (key === 'sec')
    return value.split(':').includes('sys') ? undefined : `sec=${value} is not served here: only sec=sys is`
  if (key === 'mountpoint' || key === 'mp') return undefined
  return `unknown keyword "${key}=${value}"`
}

function applyOption(draft: Draft, option: string): string | undefined {
  const apply = Object.hasOwn(SWITCHES, option) ? SWITCHES[option] : undefined
  if (apply !== undefined) {
    apply(draft)
    return undefined
  }
  if (option === '' || WITHOUT_EFFECT.has(option)) return undefined
  const equals = option.indexOf('=')
  if (equals > 0) return applyValue(draft, option.slice(0, equals), option.slice(equals + 1))
  return `unknown keyword "${option}"`
}

/**
 * Reads EXPORT_OPTS: client entries such as `10.0.0.0/24(rw,insecure)`, separated by blanks.
 * An unknown keyword is a fault, as it is for exportfs; host names and netgroups are faults too, nothing resolves them here.
 */
export function parseExportOptions(text: string): ParsedExportOptions {
  const rules: ExportRule[] = []
  const faults: string[] = []
  for (const entry of text.split(/\s+/).filter((part) => part !== '')) {
    const match = /^([^()]*)(?:\(([^()]*)\))?$/.exec(entry)
    if (match === null) {
      faults.push(`bad client entry "${entry}"`)
      continue
    }
    const pattern = match[1] === '' ? '*' : (match[1] ?? '*')
    if (!isClientPattern(pattern)) faults.push(`client "${pattern}" is neither *, an address nor a network`)
    const draft: Draft = {...DEFAULTS, pattern}
    for (const option of (match[2] ?? '').split(',')) {
      const fault = applyOption(draft, option)
      if (fault !== undefined) faults.push(fault)
    }
    rules.push(draft)
  }
  if (rules.length === 0 && faults.length === 0) faults.push('no client is named')
  return {rules, faults}
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

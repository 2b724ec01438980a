/**
 * Host of a vic-machine target, so that all spellings of one vCenter are one: no scheme, login, datacenter and default
 * port, lower case (facts/vic-machine.md § 1.2).
 */
export function vcenterOf(target: string): string {
  const bare = target.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '').replace(/^[^/]*@/, '')
  return (bare.split('/')[0] ?? '').toLowerCase().replace(/^(\[[^\]]*\]|[^:]*):443$/, '$1')
}

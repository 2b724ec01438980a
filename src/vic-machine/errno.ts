/** Code of a system error, such as `ENOENT`. Looks at the code alone: an error of another realm is no `Error` here. */
export function errnoOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** Fields of a JSON document of unknown shape; a field of another type counts as absent. */
export type JsonObject = Readonly<Record<string, unknown>>

export function objectField(from: JsonObject, name: string): JsonObject {
  const value = from[name]
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}

export function textField(from: JsonObject, name: string): string {
  const value = from[name]
  return typeof value === 'string' ? value : ''
}

export function numberField(from: JsonObject, name: string): number {
  const value = from[name]
  return typeof value === 'number' ? value : 0
}

export function flagField(from: JsonObject, name: string): boolean {
  return from[name] === true
}

export function textsField(from: JsonObject, name: string): readonly string[] {
  const value = from[name]
  if (typeof value === 'string') return [value]
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []
}

export function textMapField(from: JsonObject, name: string): Readonly<Record<string, string>> {
  const entries = Object.entries(objectField(from, name))
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

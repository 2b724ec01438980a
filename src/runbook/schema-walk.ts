import * as v from 'valibot'

/** What of a valibot schema is looked at here; one interface, since the library's own types differ for each kind. */
export interface SchemaNode {
  readonly type: string
  readonly entries?: Readonly<Record<string, SchemaNode>>
  readonly value?: SchemaNode
  readonly item?: SchemaNode
  readonly wrapped?: SchemaNode
  readonly options?: readonly unknown[]
}

/** The schema without what makes it optional. */
export function unwrapped(schema: SchemaNode): SchemaNode {
  return schema.wrapped === undefined ? schema : unwrapped(schema.wrapped)
}

/** The forms that a value may have: those of a union, else the schema itself. */
export function formsOf(schema: SchemaNode): readonly SchemaNode[] {
  const bare = unwrapped(schema)
  return bare.type === 'union' ? (bare.options as readonly SchemaNode[]).flatMap(formsOf) : [bare]
}

/** The form that is a block of keys. */
export function blockForm(schema: SchemaNode): SchemaNode | undefined {
  return formsOf(schema).find(({type}) => type === 'strict_object' || type === 'record')
}

/** The schema of what stands under a key or index; undefined where the format knows none. */
export function schemaBelow(schema: SchemaNode, part: string | number): SchemaNode | undefined {
  if (typeof part === 'number') return formsOf(schema).find(({type}) => type === 'array')?.item
  const block = blockForm(schema)
  if (block?.type === 'record') return block.value
  const {entries = {}} = block ?? {}
  return Object.hasOwn(entries, part) ? entries[part] : undefined
}

/** What a key means, as an editor shows it. */
export function descriptionOf(schema: SchemaNode): string {
  return v.getDescription(schema as unknown as v.GenericSchema) ?? descriptionWithin(schema) ?? ''
}

function descriptionWithin({wrapped}: SchemaNode): string | undefined {
  return wrapped === undefined ? undefined : descriptionOf(wrapped)
}

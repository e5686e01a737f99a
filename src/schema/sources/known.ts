import { SCHEMA_SOURCES } from './index.ts'
import { A_MATHESAR } from './mathesar.ts'
import type { InsideName, SchemaContents, SchemaRecord, SourceDescription } from './types.ts'

/** Returns the description of the source that a record names; null if this program does not know it. */
export function descriptionOf(record: Pick<SchemaRecord, 'source'>): SourceDescription | null {
  return SCHEMA_SOURCES.find(({ name }) => name === record.source) ?? null
}

/** Returns what an install has besides routines: by its record, else what a Mathesar's own has. */
export function contentsOf(record: Pick<SchemaRecord, 'source'> | null): SchemaContents {
  return (record && descriptionOf(record)) ?? A_MATHESAR
}

const all: readonly SchemaContents[] = [A_MATHESAR, ...SCHEMA_SOURCES]

/** The types in `mathesar_types` that some source or some Mathesar has. */
export const KNOWN_TYPES: readonly string[] = [...new Set(all.flatMap(({ types }) => types))]

/** The tables that some source or some Mathesar has. */
export const KNOWN_TABLES: readonly InsideName[] = [...new Set(all.flatMap(({ tables }) => tables))]

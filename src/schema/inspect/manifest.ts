import { compose } from '../../postgres/compose.ts'
import { quoteLiteral } from '../../postgres/quote.ts'
import { SCHEMA_SOURCES } from '../sources/index.ts'
import type { InsideName, ManifestPlace, SourceDescription } from '../sources/types.ts'
import { nameList, SCHEMA_NAMES } from './catalog.ts'
import domainCheckCommentSql from './domain-check-comment.sql'
import manifestEntriesSql from './manifest-entries.sql'
import { encodeSource, RECORD_PREFIX } from './record.ts'
import recordedManifestSql from './recorded-manifest.sql'
import tableCommentSql from './table-comment.sql'

/**
 * An object's identity, such as `function mathesar_types.uri_parts(text)`, with a short hash of its
 * definition.
 */
export type Manifest = ReadonlyMap<string, string>

/** Reads the manifest that an install left. Returns `null` for every text that is not one. */
export function parseManifest(comment: string | null): Manifest | null {
  if (comment === null) return null
  try {
    const value: unknown = JSON.parse(comment)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
    const entries = Object.entries(value)
    if (!entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')) return null
    return new Map(entries)
  } catch {
    return null
  }
}

/** Returns the schema and the bare name of an object. */
export function splitName(name: InsideName): [schema: string, bareName: string] {
  const dot = name.indexOf('.')
  return [name.slice(0, dot), name.slice(dot + 1)]
}

/** Returns the object whose comment is the manifest, such as `domain mathesar_types.uri`. */
export function manifestHolder(place: ManifestPlace): string {
  return place.kind === 'table' ? `table ${place.table}` : `domain ${place.domain}`
}

/** Returns a query: the manifest of an install of one source. No row or NULL if there is none. */
export function manifestQueryAt(place: ManifestPlace): string {
  const [schema, name] = splitName(place.kind === 'table' ? place.table : place.domain)
  return compose(place.kind === 'table' ? tableCommentSql : domainCheckCommentSql, {
    schema: quoteLiteral(schema),
    name: quoteLiteral(name),
  })
}

/**
 * Returns a query: the manifest of the last install of any of these sources. No row or NULL if there is
 * none.
 */
export function manifestQuery(sources: readonly SourceDescription[]): string {
  const queries = [...new Set(sources.map(({ record }) => manifestQueryAt(record.manifest)))]
  const [first] = queries
  if (queries.length === 1 && first !== undefined) return first
  const places = queries.map((query, rank) => {
    const names = sources.filter(({ record }) => manifestQueryAt(record.manifest) === query)
    const encoded = nameList(names.map(({ name }) => encodeSource(name)))
    return `SELECT ${rank} AS rank, ARRAY[${encoded}] AS sources, (${query}) AS manifest`
  })
  return compose(recordedManifestSql, {
    places: places.join('\nUNION ALL\n'),
    schemas: SCHEMA_NAMES,
    recordPrefix: quoteLiteral(RECORD_PREFIX),
    sourcePattern: quoteLiteral(`^${RECORD_PREFIX}source=([^ ]+) `),
  })
}

/** The same for all sources that this program knows. */
export const MANIFEST = manifestQuery(SCHEMA_SOURCES)

/** Returns a query: the entries of a manifest, which `manifest` is a query for: see manifest-entries.sql. */
export function entriesQuery(manifest: string): string {
  return compose(manifestEntriesSql, { manifest })
}

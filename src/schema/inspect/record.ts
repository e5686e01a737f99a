import type { SchemaRecord } from '../types.ts'

/**
 * The record of an install is the comment of each of the three schemas, and nothing else: a table or function of ours
 * inside them would make Mathesar's own upgrade and uninstall fail (SQLSTATE 2BP01).
 */
export const RECORD_PREFIX = 'Mathesar schema, installed by mathesarctl: '

const PATTERN =
  /^Mathesar schema, installed by mathesarctl: source=(\S+) version=(\S+) checksum=([0-9a-f]{64}) objects=(\d{1,9}) install=([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

/** The two parts of the comment that stand before and after the number of objects. */
export interface RecordParts {
  before: string
  after: string
}

/** The record's text around the number of objects, which only the server knows. */
export function recordParts(record: Omit<SchemaRecord, 'objects'>): RecordParts {
  const source = encodeURIComponent(record.source)
  const version = encodeURIComponent(record.version)
  return {
    before: `${RECORD_PREFIX}source=${source} version=${version} checksum=${record.checksum} objects=`,
    after: ` install=${record.installId}`,
  }
}

/** Reads a schema's comment. `null` for every text that is not exactly a record. */
export function parseRecord(comment: string | null): SchemaRecord | null {
  const match = comment === null ? null : PATTERN.exec(comment)
  const [, source, version, checksum, objects, installId] = match ?? []
  if (!source || !version || !checksum || !objects || !installId) return null
  try {
    return {
      source: decodeURIComponent(source),
      version: decodeURIComponent(version),
      checksum,
      objects: Number(objects),
      installId,
    }
  } catch {
    return null
  }
}

/** An object's identity, such as `function mathesar_types.uri_parts(text)`, with a short hash of its definition. */
export type Manifest = ReadonlyMap<string, string>

/** Reads the manifest that an install left. `null` where there is none, or it is not one. */
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

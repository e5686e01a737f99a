import type { SchemaRecord } from '../sources/types.ts'

/** How the record of an install begins. It is the comment of each schema that the source's `record` names. */
export const RECORD_PREFIX = 'Mathesar schema, installed by mathesarctl: '

const PATTERN =
  /^Mathesar schema, installed by mathesarctl: source=(\S+) version=(\S+) checksum=([0-9a-f]{64}) objects=(\d{1,9}) install=([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

/** The two parts of the comment before and after the number of objects. */
export interface RecordParts {
  before: string
  after: string
}

/** Returns the name of a source as the record writes it, without spaces. */
export function encodeSource(name: string): string {
  return encodeURIComponent(name)
}

/** Returns the record's text around the number of objects, which only the server knows. */
export function recordParts(record: Omit<SchemaRecord, 'objects'>): RecordParts {
  const source = encodeSource(record.source)
  const version = encodeURIComponent(record.version)
  return {
    before: `${RECORD_PREFIX}source=${source} version=${version} checksum=${record.checksum} objects=`,
    after: ` install=${record.installId}`,
  }
}

/** Reads a schema's comment. Returns `null` for every text that is not exactly a record. */
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

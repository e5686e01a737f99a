import type { SchemaSource } from '../schema/sources/types.ts'

/** Returns which SQL a source has and where it was read from, such as `release 0.11.0 from /opt/mathesar`. */
export function sourceText({
  name,
  version,
  origin,
}: Pick<SchemaSource, 'name' | 'version' | 'origin'>): string {
  return `${name} ${version}${origin === undefined ? '' : ` from ${origin}`}`
}

/** Returns what to add to a command that needs SQL, as the end of a sentence; `''` if it needs nothing. */
export function sourceFlagsText(isAtHand: boolean): string {
  return isAtHand ? '' : ' (with --schema-source or --release)'
}

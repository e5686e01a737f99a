/**
 * Converts a time as PostgreSQL writes it in JSON, in a session whose time zone is UTC
 * (`2026-11-29T17:40:11.01953+00:00`), to ISO 8601 with microseconds and `Z`. Returns other texts, such as
 * `infinity`, unchanged.
 */
export function fromJsonTime(text: string): string {
  const end = text.length - ZONE.length
  if (!text.endsWith(ZONE) || end < WHOLE_SECONDS) return text
  const fraction = text.slice(WHOLE_SECONDS + 1, end)
  return `${text.slice(0, WHOLE_SECONDS)}.${fraction.padEnd(6, '0')}Z`
}

const ZONE = '+00:00'

/** The length of `2026-11-29T17:40:11`. */
const WHOLE_SECONDS = 19

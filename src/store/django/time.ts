/**
 * Converts a time as PostgreSQL writes it in a session whose DateStyle is ISO and whose time zone is UTC
 * (`2026-11-29 17:40:11.01953+00`; in JSON `2026-11-29T17:40:11.01953+00:00`) to ISO 8601 with microseconds
 * and `Z`. Returns other texts, such as `infinity`, unchanged.
 */
export function fromTextTime(text: string): string {
  const end = text.indexOf('+00', SECONDS)
  if (end < 0) return text
  // Nearly every time has six digits, and lists have many times.
  const whole = end === MICROSECONDS ? text.slice(0, end) : padded(text.slice(0, end))
  return `${whole.slice(0, DAY)}T${whole.slice(DAY + 1)}Z`
}

/** The lengths of `2026-11-29`, `2026-11-29T17:40:11` and `2026-11-29T17:40:11.019530`. */
const DAY = 10
const SECONDS = 19
const MICROSECONDS = 26

function padded(text: string): string {
  return (text.length === SECONDS ? `${text}.` : text).padEnd(MICROSECONDS, '0')
}

/** Returns a time as Django's SQLite backend stores it: UTC, `YYYY-MM-DD HH:MM:SS.ffffff`. */
export function toDjangoTime(time: Date): string {
  return `${time.toISOString().slice(0, -1).replace('T', ' ')}000`
}

/** Returns a stored time as ISO 8601 in UTC. Django leaves out the fraction of a whole second. */
export function fromDjangoTime(stored: string): string {
  if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?$/.test(stored)) return stored
  return `${stored.slice(0, 10)}T${stored.slice(11)}Z`
}

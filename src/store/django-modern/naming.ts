/** What the name of a stored database is made of. */
export interface Named {
  id: number
  /** The nickname, or else the name of the database. */
  base: string
  host: string
  /** `null` counts as 5432. */
  port: number | null
  database: string
}

/** The port that a NULL port means. */
export const DEFAULT_PORT = 5432

/**
 * Returns the names that mean one row, the shortest first: NAME, NAME@HOST, NAME@HOST:PORT,
 * NAME@HOST:PORT/DATABASE, and at last one with the id of the row, which no other row has.
 */
export function nameForms({ id, base, host, port, database }: Named): string[] {
  const at = `${base}@${host.includes(':') ? `[${host}]` : host}`
  const whole = `${at}:${port ?? DEFAULT_PORT}/${database}`
  return [base, at, `${at}:${port ?? DEFAULT_PORT}`, whole, `${whole}#${id}`]
}

/**
 * Returns the name by which each row is shown, by the id of the row: the shortest of its forms that is the
 * name of no other row. Rows of one base name all have their server in their names.
 */
export function shownNames(rows: readonly Named[]): Map<number, string> {
  const shown = new Map(rows.map(({ id, base }) => [id, base]))
  let ambiguous = sharing(rows, shown)
  for (const lengths = new Map<number, number>(); ambiguous.length > 0; ) {
    for (const row of ambiguous) {
      const forms = nameForms(row)
      const length = Math.min((lengths.get(row.id) ?? 0) + 1, forms.length - 1)
      lengths.set(row.id, length)
      shown.set(row.id, forms[length] ?? row.base)
    }
    // A row that has the longest form already has a name of its own, whatever the others are called.
    ambiguous = sharing(rows, shown).filter(({ id }) => (lengths.get(id) ?? 0) < LONGEST_FORM)
  }
  return shown
}

const LONGEST_FORM = 4

/** Returns the rows whose names other rows have too. */
function sharing(rows: readonly Named[], shown: ReadonlyMap<number, string>): Named[] {
  const counts = new Map<string, number>()
  for (const name of shown.values()) counts.set(name, (counts.get(name) ?? 0) + 1)
  if (counts.size === rows.length) return []
  return rows.filter(({ id }) => (counts.get(shown.get(id) ?? '') ?? 0) > 1)
}

/**
 * Returns the rows that a name means: the one that is shown by that name, or else all that have it among
 * their forms.
 */
export function rowsMeant<Row extends Named>(
  given: string,
  rows: readonly Row[],
  shown: ReadonlyMap<number, string>,
): Row[] {
  const meant = rows.filter((row) => given.startsWith(row.base) && isForm(given, row))
  const exact = meant.find(({ id }) => shown.get(id) === given)
  return exact === undefined ? meant : [exact]
}

/** Returns whether a name is a form of the name of a row; an IPv6 address needs no brackets in it. */
export function isForm(given: string, row: Named): boolean {
  if (nameForms(row).includes(given)) return true
  return row.host.includes(':') && given === `${row.base}@${row.host}`
}

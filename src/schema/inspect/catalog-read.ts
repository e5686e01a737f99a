import { RAW_ENCODING } from '../../postgres/login/login.ts'
import { hexQuery, rowOfHex } from '../../postgres/raw-text.ts'
import { isDatabaseError, toOperatorError } from '../../postgres/sqlstate.ts'
import type { Session } from '../../postgres/types.ts'
import { CatalogChangedError } from '../errors.ts'

/** Pauses between the attempts, in milliseconds. */
const PAUSES_MS = [0, 10, 20, 50, 100, 200, 400, 800]

/**
 * The SQLSTATEs that the server reports if an object was dropped after the query had found it (XX000 and
 * undefined objects): its functions that print definitions and names read the catalog as it is now, while the
 * query sees it as it was when the query began.
 */
const VANISHED = new Set(['XX000', '42P01', '42703', '42704', '42883', '3F000'])

/**
 * Returns the error for a catalog that changed while it was read, code `LOCKED`. What was read is worth
 * nothing: `untilStable` reads again.
 */
export function catalogChanged(session: Session, cause?: unknown): CatalogChangedError {
  const reported = cause instanceof Error ? ` (${cause.message})` : ''
  return new CatalogChangedError(
    'LOCKED',
    `Other sessions create and drop objects of database "${session.settings.database}" ` +
      `while this command reads its catalog${reported}.`,
    'Nothing was changed. Run the command again when they are done. If there are none, the catalog may be ' +
      'damaged: read the log of the server.',
    { cause, data: { reason: 'catalog changed' } },
  )
}

/** Returns whether the server reports that an object no longer exists. */
export function isVanished(error: unknown): boolean {
  return isDatabaseError(error) && VANISHED.has(error.code ?? '')
}

/**
 * Runs queries that only look, inside `session.check`. Errors: `catalogChanged` if an object vanished
 * meanwhile; else those of `toOperatorError`. An error that no server sent stays as it is.
 */
export async function readChecked<T>(session: Session, read: () => Promise<T>): Promise<T> {
  try {
    return await session.check(read)
  } catch (error) {
    throw catalogError(session, error)
  }
}

/** Returns the error for the operator where the server refused to answer; any other error as it is. */
export function catalogError(session: Session, error: unknown): unknown {
  if (!isDatabaseError(error)) return error
  return isVanished(error) ? catalogChanged(session, error) : toOperatorError(error, session)
}

/**
 * Runs one query of the catalog, under settings that end with it, and returns its row, whose columns are
 * texts or JSON. Errors: `catalogChanged` if an object vanished meanwhile, or if `isWhole` finds that
 * parts of the answer are missing; else those of `toOperatorError`.
 */
export async function readCatalog<Row extends object>(
  session: Session,
  settings: string,
  query: string,
  isWhole: (row: Row) => boolean,
): Promise<Row> {
  let row: Row | undefined
  try {
    if (session.serverEncoding === RAW_ENCODING) {
      const [hex] = await session.run<{ row: string }>(`${settings}\n${hexQuery(query)};`)
      row = hex === undefined ? undefined : rowOfHex<Row>(hex.row)
    } else {
      ;[row] = await session.run<Row>(`${settings}\n${query};`)
    }
  } catch (error) {
    throw isVanished(error) ? catalogChanged(session, error) : toOperatorError(error, session)
  }
  if (row === undefined) throw new Error('a query of the catalog returned no row')
  if (!isWhole(row)) throw catalogChanged(session)
  return row
}

/**
 * Runs one query, under settings that end with it, and returns its rows. Unlike `readCatalog` it leaves
 * errors as they are. Columns are texts, numbers of PostgreSQL's own types, or JSON; an OID is cast to one of
 * these, for JSON has none.
 */
export async function readRows<Row extends object>(
  session: Session,
  settings: string,
  query: string,
): Promise<Row[]> {
  if (session.serverEncoding !== RAW_ENCODING) return session.run<Row>(`${settings}\n${query};`)
  const rows = await session.run<{ row: string }>(`${settings}\n${hexQuery(query)};`)
  return rows.map(({ row }) => rowOfHex<Row>(row))
}

/**
 * Runs `read`, which reads the catalog, and repeats it if the catalog changed meanwhile. Rejects with
 * `catalogChanged` if the last attempt fails too.
 */
export async function untilStable<T>(read: () => Promise<T>): Promise<T> {
  for (const pause of PAUSES_MS) {
    try {
      return await read()
    } catch (error) {
      if (!(error instanceof CatalogChangedError)) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
  return read()
}

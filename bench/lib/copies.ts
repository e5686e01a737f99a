import { openSession } from '../../src/postgres/connect.ts'
import type { ConnectionSettings, Session } from '../../src/postgres/types.ts'
import { sql, uniqueName } from '../../test/support/database.ts'
import type { World } from './types.ts'

/** Returns a copy of a database that nobody is connected to, for the same owner. */
export async function copyOf(template: ConnectionSettings, { cluster }: World): Promise<ConnectionSettings> {
  const database = uniqueName('copy')
  // PostgreSQL copies the files. To write each page of ten thousand tables into the log would take several
  // times as long.
  const strategy = cluster.major < 15 ? '' : ' STRATEGY file_copy'
  const text = `CREATE DATABASE ${database} TEMPLATE ${template.database} OWNER ${template.user}${strategy}`
  await sql('postgres', text, [], null, cluster)
  return { ...template, database }
}

/** Returns the milliseconds that `action` takes in its own session, without the time to open the session. */
export async function timeIn(
  settings: ConnectionSettings,
  action: (session: Session) => Promise<unknown>,
): Promise<number> {
  const session = await openSession(settings, { timeoutMs: 10_000 })
  try {
    const start = performance.now()
    await action(session)
    return performance.now() - start
  } finally {
    await session.close()
  }
}

/** Returns the same for a copy of a database, which `check` inspects. Drops the copy afterwards. */
export async function timeInCopy(
  template: ConnectionSettings,
  world: World,
  action: (session: Session) => Promise<unknown>,
  check: (settings: ConnectionSettings) => Promise<void>,
): Promise<number> {
  const settings = await copyOf(template, world)
  try {
    const ms = await timeIn(settings, action)
    await check(settings)
    return ms
  } finally {
    await sql('postgres', `DROP DATABASE ${settings.database} WITH (FORCE)`, [], null, world.cluster)
  }
}

import { cpus, loadavg } from 'node:os'
import { sql } from '../../test/support/database.ts'
import { psqlVersion } from './psql.ts'
import type { World } from './types.ts'

/** Returns what the numbers were measured on, one fact a line. */
export async function describeMachine({ cluster }: World): Promise<string[]> {
  const [server] = await sql<{ server_version: string }>('postgres', 'SHOW server_version', [], null, cluster)
  const model = cpus()[0]?.model.trim() ?? 'unknown'
  return [
    `CPU: ${cpus().length} x ${model} (${process.platform} ${process.arch})`,
    `Node: ${process.versions.node}`,
    `PostgreSQL: server ${server?.server_version ?? 'unknown'}, psql ${(await psqlVersion()) ?? 'not found'}`,
    `Load before the first measurement: ${loadavg()[0]?.toFixed(2)}`,
  ]
}

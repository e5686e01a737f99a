/**
 * Runs the pgTAP files: starts a server, creates a database, installs the bundled SQL in it file by file as
 * its owner, who is not a superuser, loads pgTAP into a separate schema, and runs pg_prove. Exits with
 * pg_prove's exit status.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { globSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { startCluster } from '../test/support/postgres.ts'

const SQL = 'src/schema/sql'
const DATABASE = 'pgtap'
/** The owner of the database, who may create roles, as the functions under test do. */
const OWNER = 'pgtap_owner'

const files = process.argv.length > 2 ? process.argv.slice(2) : globSync('test/pgtap/*.sql').sort()
const pgtap = globSync('/usr/share/postgresql/*/extension/pgtap--+([0-9.]).sql')
  .filter((path) => !path.slice(path.indexOf('pgtap--') + 7).includes('--'))
  .at(-1)
if (pgtap === undefined) {
  process.stderr.write('pgTAP is not installed. Run: apt-get install postgresql-15-pgtap\n')
  process.exit(1)
}

const cluster = await startCluster()
const environment = {
  ...process.env,
  PGHOST: cluster.host,
  PGPORT: String(cluster.port),
  PGPASSWORD: cluster.password,
  PGCLIENTENCODING: 'UTF8',
  PGTZ: 'UTC',
}
const psql = (user: string, database: string, args: readonly string[]) =>
  execFileSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-U', user, '-d', database, ...args], {
    env: { ...environment, PGOPTIONS: '-c client_min_messages=warning' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
let status = 1
try {
  psql(cluster.superuser, 'postgres', [
    '-c',
    `CREATE ROLE ${OWNER} LOGIN CREATEROLE PASSWORD '${cluster.password}'`,
    '-c',
    `CREATE DATABASE ${DATABASE} OWNER ${OWNER}`,
  ])
  const topics = readdirSync(SQL)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .flatMap((name) => ['-f', join(SQL, name)])
  psql(OWNER, DATABASE, ['-1', '-c', "SET LOCAL search_path = ''", ...topics])
  // From PostgreSQL 15 on, PUBLIC may not create objects in the schema public, but the owner of the database
  // may.
  psql(cluster.superuser, DATABASE, ['-c', `CREATE SCHEMA tap AUTHORIZATION ${OWNER}`])
  psql(OWNER, DATABASE, ['-c', 'SET search_path = tap', '-f', pgtap])
  status =
    spawnSync('pg_prove', ['-U', OWNER, '-d', DATABASE, ...files], {
      env: { ...environment, PGOPTIONS: '-c search_path=public,tap -c client_min_messages=warning' },
      stdio: 'inherit',
    }).status ?? 1
} finally {
  await cluster.stop()
}
process.exitCode = status

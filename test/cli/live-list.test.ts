import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { cli, document, temporaryDirectory } from '../support/cli.ts'
import { createInternalDatabase } from '../support/mathesar-database.ts'

it('lists thousands of databases of one server, each with a role of its own', async () => {
  const internal = await createInternalDatabase()
  const times = 'clock_timestamp(), clock_timestamp()'
  await internal.query(
    `INSERT INTO mathesar_server (created_at, updated_at, host, port, sslmode)
     VALUES (${times}, 'db.example.com', 5432, 'require')`,
  )
  await internal.query(
    `INSERT INTO mathesar_database (created_at, updated_at, name, server_id, last_confirmed_sql_version)
     SELECT ${times}, 'app_' || number, 1, '0.11.0' FROM generate_series(1, 4000) AS number`,
  )
  await internal.query(
    `INSERT INTO mathesar_configuredrole (created_at, updated_at, name, server_id)
     SELECT ${times}, 'role_' || id, 1 FROM mathesar_database ORDER BY id`,
  )
  await internal.query(
    `INSERT INTO mathesar_userdatabaserolemap (created_at, updated_at, configured_role_id, database_id,
       server_id, user_id)
     SELECT ${times}, id, id, 1, 1 FROM mathesar_database`,
  )
  const home = temporaryDirectory()
  const envFile = join(home, '.env')
  writeFileSync(envFile, internal.envFile, { mode: 0o600 })
  const list = await cli(['db', 'list', '--json', '--env-file', envFile], { home })
  expect(list, list.stderr).toMatchObject({ status: 0 })
  expect(list.stdout.length).toBeLessThan(2_000_000)
  const listed = document<{ name: string }[]>(list)
  expect(listed).toHaveLength(4000)
  expect(listed.find(({ name }) => name === 'app_7')).toMatchObject({
    user: 'role_7',
    access: [{ user: 'admin', role: 'role_7' }],
    schema: { source: 'mathesar', version: '0.11.0' },
  })
  const show = await cli(['db', 'show', 'app_7', '--json', '--env-file', envFile], { home })
  const { roles } = document<{ roles: string[] }>(show)
  expect([roles.length, ...roles.slice(0, 3)]).toEqual([4000, 'role_7', 'role_1', 'role_2'])
  const text = await cli(['db', 'show', 'app_7', '--env-file', envFile], { home })
  expect(text.stdout).toMatch(/server roles +role_1, role_2,.* and 3,989 more \(--json lists all\)\n/)
})

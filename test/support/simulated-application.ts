import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import type { InternalDatabase } from './mathesar-database.ts'

/** What the web page of a modern Mathesar sends to connect a database. */
export interface ConnectRequest {
  host: string
  port: number | null
  database: string
  role: string
  password: string | null
  nickname?: string | null
  sslmode?: string
  /** The user who is logged in; `admin` by default. */
  user?: string
}

/** The ids of the rows that a connection has. */
export interface ConnectedRows {
  server: number
  database: number
  role: number
  map: number
}

/** A request that is in the middle of its work. */
export interface RunningRequest<Result> {
  result: Result
  /** Saves the rows as the request read or wrote them, and commits. */
  finish(): Promise<void>
  /** Rolls everything back, as after an error. */
  fail(): Promise<void>
}

/**
 * Another writer of an internal database: it does with rows what a modern Mathesar does, statement by
 * statement, on a session of its own for each request.
 */
export interface SimulatedApplication {
  /**
   * Begins to connect a database and stops where the application installs its SQL: the rows are written but
   * not committed, and from 0.8.0 on the row of the server is locked and rewritten.
   */
  startConnect(request: ConnectRequest): Promise<RunningRequest<ConnectedRows>>
  /** Connects a database; its version is then `version`. */
  connect(request: ConnectRequest): Promise<ConnectedRows>
  /** Reads a row, which nothing locks, and saves the whole of it with the changes when it finishes. */
  startPatch(table: PatchedTable, id: number, patch: Row): Promise<RunningRequest<null>>
  patch(table: PatchedTable, id: number, patch: Row): Promise<void>
  /** Deletes a database and what belongs to it; with `andServer` also a server that has no database left. */
  disconnect(database: number, andServer?: boolean): Promise<void>
  /** Does ordinary work in a database: metadata of a table and a column, an exploration, a form. */
  work(rows: Pick<ConnectedRows, 'server' | 'database'> & { role: number | null }): Promise<void>
  /** Maps a user to a role of a database, as under Collaborators. */
  addCollaborator(database: number, user: string, role: number): Promise<void>
}

type Row = Record<string, unknown>
type PatchedTable = 'mathesar_server' | 'mathesar_database' | 'mathesar_configuredrole'

/** Returns the application of a modern internal database; `version` is what it calls itself. */
export function simulateApplication(internal: InternalDatabase, version = '0.11.0'): SimulatedApplication {
  /** Runs a request in one transaction. */
  const atomic = async <T>(work: (client: pg.Client) => Promise<T>): Promise<T> => {
    const client = await internal.connect()
    try {
      await client.query('BEGIN')
      const result = await work(client)
      await client.query('COMMIT')
      return result
    } finally {
      await client.end()
    }
  }

  const startConnect = async (request: ConnectRequest): Promise<RunningRequest<ConnectedRows>> => {
    const client = await internal.connect()
    const end = async (statement: string) => {
      try {
        await client.query(statement)
      } finally {
        await client.end()
      }
    }
    try {
      await client.query('BEGIN')
      const server = await serverOf(client, request)
      const hasNickname = await hasColumn(client, 'mathesar_database', 'nickname')
      const database = await getOrCreate(
        client,
        'mathesar_database',
        {
          name: request.database,
          server_id: server,
          ...(hasNickname ? { nickname: request.nickname ?? null } : {}),
        },
        { last_confirmed_sql_version: '0.0.0' },
      )
      const token = request.password ? await internal.encrypt(request.password) : null
      const role = await getOrCreate(
        client,
        'mathesar_configuredrole',
        { name: request.role, server_id: server },
        { password: token },
      )
      const user = await userOf(client, request.user ?? 'admin')
      const map = await getOrCreate(
        client,
        'mathesar_userdatabaserolemap',
        { user_id: user, database_id: database.id, configured_role_id: role.id, server_id: server },
        {},
      )
      return {
        result: { server, database: database.id, role: role.id, map: map.id },
        async finish() {
          await save(client, 'mathesar_database', { ...database, last_confirmed_sql_version: version })
          await end('COMMIT')
        },
        fail: () => end('ROLLBACK'),
      }
    } catch (error) {
      await client.end()
      throw error
    }
  }

  const startPatch = async (table: PatchedTable, id: number, patch: Row): Promise<RunningRequest<null>> => {
    const client = await internal.connect()
    const { rows } = await client.query<Row & { id: number }>(`SELECT * FROM ${table} WHERE id = $1`, [id])
    const [row] = rows
    if (row === undefined) throw new Error(`no row ${id} of ${table}`)
    return {
      result: null,
      async finish() {
        try {
          await save(client, table, { ...row, ...patch })
        } finally {
          await client.end()
        }
      },
      fail: () => client.end(),
    }
  }

  return {
    startConnect,
    async connect(request) {
      const running = await startConnect(request)
      await running.finish()
      return running.result
    },
    startPatch,
    async patch(table, id, patch) {
      const running = await startPatch(table, id, patch)
      await running.finish()
    },
    disconnect: (database, andServer = false) =>
      atomic(async (client) => {
        const { rows } = await client.query<{ server_id: number }>(
          'SELECT server_id FROM mathesar_database WHERE id = $1',
          [database],
        )
        if (await hasColumn(client, 'mathesar_form', 'id')) {
          await client.query(
            `DELETE FROM mathesar_formfield
             WHERE form_id IN (SELECT id FROM mathesar_form WHERE database_id = $1)`,
            [database],
          )
          await client.query('DELETE FROM mathesar_form WHERE database_id = $1', [database])
        }
        for (const table of ['userdatabaserolemap', 'columnmetadata', 'tablemetadata', 'explorations']) {
          await client.query(`DELETE FROM mathesar_${table} WHERE database_id = $1`, [database])
        }
        await client.query('DELETE FROM mathesar_database WHERE id = $1', [database])
        if (!andServer) return
        const server = [rows[0]?.server_id]
        const left = await client.query('SELECT FROM mathesar_database WHERE server_id = $1', server)
        if (left.rowCount !== 0) return
        await client.query('DELETE FROM mathesar_configuredrole WHERE server_id = $1', server)
        await client.query('DELETE FROM mathesar_server WHERE id = $1', server)
      }),
    work: ({ server, database, role }) =>
      atomic(async (client) => {
        const of = { database_id: database, table_oid: 244_398 }
        await insert(client, 'mathesar_columnmetadata', { ...of, attnum: 2 })
        await insert(client, 'mathesar_tablemetadata', of)
        await insert(client, 'mathesar_explorations', {
          database_id: database,
          name: `exploration of ${database}`,
          base_table_oid: 244_398,
          schema_oid: 2200,
          initial_columns: '[{"alias": "email", "attnum": 2}]',
          display_names: '{}',
        })
        if (!(await hasColumn(client, 'mathesar_form', 'id'))) return
        const form = await insert(client, 'mathesar_form', {
          token: randomUUID(),
          name: 'form',
          version: 1,
          schema_oid: 2200,
          base_table_oid: 244_398,
          header_title: '{"text": "x"}',
          publish_public: false,
          associated_role_id: role,
          database_id: database,
          server_id: server,
        })
        const field = { form_id: form.id, kind: 'scalar_column', is_required: false, column_attnum: 2 }
        const parent = await insert(client, 'mathesar_formfield', { ...field, key: 'k', index: 0 })
        await insert(client, 'mathesar_formfield', {
          ...field,
          key: 'inner',
          index: 1,
          parent_field_id: parent.id,
        })
      }),
    addCollaborator: (database, user, role) =>
      atomic(async (client) => {
        const { rows } = await client.query<{ server_id: number }>(
          'SELECT server_id FROM mathesar_configuredrole WHERE id = $1',
          [role],
        )
        await insert(client, 'mathesar_userdatabaserolemap', {
          user_id: await userOf(client, user),
          database_id: database,
          configured_role_id: role,
          server_id: rows[0]?.server_id,
        })
      }),
  }
}

/** Finds or creates the server. A release with sslmode locks its row and rewrites it in any case. */
async function serverOf(client: pg.Client, request: ConnectRequest): Promise<number> {
  const { host, port, sslmode = 'prefer' } = request
  if (!(await hasColumn(client, 'mathesar_server', 'sslmode'))) {
    const server = await getOrCreate(client, 'mathesar_server', { host, port }, {})
    return server.id
  }
  const locked = await get(client, 'mathesar_server', { host, port }, 'FOR UPDATE')
  if (locked === null) {
    const server = await getOrCreate(client, 'mathesar_server', { host, port }, { sslmode })
    return server.id
  }
  await save(client, 'mathesar_server', { ...locked, sslmode })
  return locked.id
}

async function userOf(client: pg.Client, name: string): Promise<number> {
  const user = await get(client, 'mathesar_user', { username: name })
  if (user === null) throw new Error(`no user ${name}`)
  return user.id
}

async function hasColumn(client: pg.Client, table: string, column: string): Promise<boolean> {
  const { rowCount } = await client.query(
    'SELECT FROM pg_attribute WHERE attrelid = to_regclass($1) AND attname = $2',
    [table, column],
  )
  return rowCount === 1
}

async function get(
  client: pg.Client,
  table: string,
  by: Row,
  suffix = '',
): Promise<(Row & { id: number }) | null> {
  const conditions = Object.keys(by).map((column, index) => `${column} IS NOT DISTINCT FROM $${index + 1}`)
  const { rows } = await client.query<Row & { id: number }>(
    `SELECT * FROM ${table} WHERE ${conditions.join(' AND ')} ${suffix}`,
    Object.values(by),
  )
  return rows[0] ?? null
}

/** Inserts in a savepoint, and reads again if somebody else was faster, as Django's `get_or_create` does. */
async function getOrCreate(
  client: pg.Client,
  table: string,
  by: Row,
  defaults: Row,
): Promise<Row & { id: number }> {
  const stored = await get(client, table, by)
  if (stored !== null) return stored
  await client.query('SAVEPOINT creation')
  try {
    const created = await insert(client, table, { ...by, ...defaults })
    await client.query('RELEASE SAVEPOINT creation')
    return created
  } catch (error) {
    await client.query('ROLLBACK TO SAVEPOINT creation')
    const meanwhile = await get(client, table, by)
    if (meanwhile === null) throw error
    return meanwhile
  }
}

async function insert(client: pg.Client, table: string, values: Row): Promise<Row & { id: number }> {
  const columns = Object.keys(values)
  const { rows } = await client.query<Row & { id: number }>(
    `INSERT INTO ${table} (created_at, updated_at, ${columns.join(', ')})
     VALUES (clock_timestamp(), clock_timestamp(), ${columns.map((_, index) => `$${index + 1}`).join(', ')})
     RETURNING *`,
    Object.values(values),
  )
  const [row] = rows
  if (row === undefined) throw new Error(`nothing inserted into ${table}`)
  return row
}

/** Writes all columns of a row, also those that nobody changed. */
async function save(client: pg.Client, table: string, row: Row & { id: number }): Promise<void> {
  // A Date of JavaScript has lost the microseconds of `created_at`.
  const { id, created_at: _, updated_at: __, ...values } = row
  const assignments = Object.keys(values).map((column, index) => `${column} = $${index + 2}`)
  await client.query(
    `UPDATE ${table} SET updated_at = clock_timestamp(), ${assignments.join(', ')} WHERE id = $1`,
    [id, ...Object.values(values)],
  )
}

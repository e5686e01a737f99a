import pg from 'pg'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { installScript } from '../../src/schema/install/print.ts'
import { bundledSource } from '../../src/schema/sources/index.ts'
import { sql } from './database.ts'
import { type ReleaseOptions, releaseFiles } from './release-tree.ts'

/**
 * Runs scripts in one session and one transaction, as a release's own installer does. `before` is called
 * before each script with its position.
 */
export async function runScripts(
  settings: ConnectionSettings,
  scripts: readonly string[],
  before?: (position: number) => Promise<void>,
): Promise<void> {
  const { host, port, database, user, password } = settings
  const client = new pg.Client({ host, port, database, user, password: password ?? '', ssl: false })
  await client.connect()
  try {
    await client.query('BEGIN')
    for (const [position, script] of scripts.entries()) {
      await before?.(position)
      await client.query(script)
    }
    await client.query('COMMIT')
  } finally {
    await client.end()
  }
}

/** Installs a release with its own SQL and nothing else: no lock, no record. */
export async function installRelease(
  settings: ConnectionSettings,
  version: string,
  options: ReleaseOptions = {},
): Promise<void> {
  await runScripts(
    settings,
    releaseFiles(version, options).files.map((file) => file.sql),
  )
}

/** How a release removes itself; the defaults are those of Mathesar. */
export interface ReleaseRemoval {
  schemas?: readonly string[]
  removesTypes?: boolean
  isStrict?: boolean
}

/** Removes the schemas as a release does: with its files 00 and 02, and a call of its remover. */
export async function removeRelease(
  settings: ConnectionSettings,
  version: string,
  removal: ReleaseRemoval = {},
  options: ReleaseOptions = {},
): Promise<void> {
  const { schemas = ['msar', '__msar', 'mathesar_types'], removesTypes = true, isStrict = true } = removal
  const files = releaseFiles(version, options).files.filter(({ name }) => /^0[02]/.test(name))
  const list = schemas.map((name) => pg.escapeLiteral(name)).join(', ')
  await runScripts(settings, [
    ...files.map((file) => file.sql),
    `SELECT msar.drop_all_msar_objects(ARRAY[${list}]::text[], ${removesTypes}, ${isStrict})`,
  ])
}

/** The states of a user database that a tool meets once a release of Mathesar has worked on it. */
export const RELEASE_STATES = [
  'clean',
  'user object on an msar function',
  'legacy upgraded with user objects',
  'types only',
  'remains of a non-strict removal',
  'msar gone',
  'hstore casts',
] as const

export type ReleaseState = (typeof RELEASE_STATES)[number]

/** A view, a column default and an index of a user on functions of releases before 0.2.0. */
const LEGACY_USER_OBJECTS = `
  CREATE TABLE public.site (
    id integer PRIMARY KEY,
    page mathesar_types.uri,
    size integer DEFAULT mathesar_types.cast_to_integer('5'::text)
  );
  INSERT INTO public.site (id, page) VALUES (1, 'https://example.org/a');
  CREATE VIEW public.hosts AS SELECT id, mathesar_types.uri_authority(page) AS host FROM public.site;
  CREATE INDEX site_host ON public.site (mathesar_types.uri_scheme(page));`

/** Columns of three of the types, with rows. */
const TYPED_COLUMNS = `
  CREATE TABLE public.person (
    id integer PRIMARY KEY,
    mail mathesar_types.email,
    page mathesar_types.uri,
    salary mathesar_types.mathesar_money
  );
  INSERT INTO public.person VALUES (1, 'ann@example.net', 'https://example.org', 12.50);`

/**
 * Brings an empty database into a state, by the SQL of a release and the bundled SQL alone, as the role of
 * the settings, who must own the database. `hstore casts` needs the extension, which the superuser of the
 * shared server creates.
 */
export async function createReleaseState(
  settings: ConnectionSettings,
  state: ReleaseState,
  version = '0.11.0',
  options: ReleaseOptions = {},
): Promise<void> {
  const run = (script: string) => sql(settings.database, script, [], settings)
  const install = (release = version) => installRelease(settings, release, options)
  switch (state) {
    case 'clean':
      return install()
    case 'user object on an msar function':
      await install('0.8.0')
      await run(`CREATE TABLE public.label (text text);
        CREATE VIEW public.labels AS SELECT msar.normalize_label(text) AS label FROM public.label`)
      return install()
    case 'legacy upgraded with user objects':
      await run(installScript(bundledSource()))
      await run(LEGACY_USER_OBJECTS)
      return install()
    case 'types only':
      await install()
      await run(TYPED_COLUMNS)
      return removeRelease(settings, version, { schemas: ['msar', '__msar'] }, options)
    case 'remains of a non-strict removal':
      await install()
      await run(TYPED_COLUMNS)
      return removeRelease(settings, version, { isStrict: false }, options)
    case 'msar gone':
      await install()
      await run('DROP SCHEMA msar CASCADE')
      return
    case 'hstore casts':
      await sql(settings.database, 'CREATE EXTENSION IF NOT EXISTS hstore')
      await run(installScript(bundledSource()))
      return install()
  }
}

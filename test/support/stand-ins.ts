/**
 * Stand-ins for what releases of Mathesar leave in a database: they have the names and numbers of objects by
 * which the program distinguishes the releases, with bodies that do nothing.
 */

/**
 * The number of functions in each schema, and other marks of a release. A schema without a number is absent.
 */
export interface StandIn {
  msar?: number
  __msar?: number
  mathesar_types?: number
  /** Signatures of functions of `msar`, which count among its functions. */
  features?: readonly string[]
  tables?: readonly ('top_level_domains' | 'expr_templates' | 'all_mathesar_objects')[]
  /** By default all six if `mathesar_types` exists. */
  types?: readonly string[]
}

/** The types of every release; from 0.2.0 on a check of `uri` calls no function. */
export const TYPES: Readonly<Record<string, string>> = {
  email: `CREATE DOMAIN mathesar_types.email AS text CONSTRAINT email_check CHECK (VALUE LIKE '%@%')`,
  uri: `CREATE DOMAIN mathesar_types.uri AS text CONSTRAINT uri_check CHECK (VALUE LIKE '%:%')`,
  mathesar_money: 'CREATE DOMAIN mathesar_types.mathesar_money AS numeric',
  multicurrency_money:
    'CREATE TYPE mathesar_types.multicurrency_money AS (value numeric, currency character(3))',
  mathesar_json_array: `CREATE DOMAIN mathesar_types.mathesar_json_array AS jsonb
    CONSTRAINT mathesar_json_array_check CHECK (jsonb_typeof(VALUE) = 'array')`,
  mathesar_json_object: `CREATE DOMAIN mathesar_types.mathesar_json_object AS jsonb
    CONSTRAINT mathesar_json_object_check CHECK (jsonb_typeof(VALUE) = 'object')`,
}

export const REMOVER = 'msar.drop_all_msar_objects(text[], boolean, boolean)'

const MODERN_TABLES = ['top_level_domains', 'expr_templates'] as const

/** 0.11.0 after a clean install. */
export const RELEASE_0_11: StandIn = {
  msar: 479,
  __msar: 17,
  mathesar_types: 0,
  features: ['msar.add_column(regclass, jsonb, boolean)', 'msar.format_data(jsonb)'],
  tables: MODERN_TABLES,
}

/** 0.11.0 after an upgrade of schemas on which a user's object depended. */
export const RELEASE_0_11_UPGRADED: StandIn = {
  ...RELEASE_0_11,
  msar: 480,
  features: [...(RELEASE_0_11.features ?? []), REMOVER],
  tables: [...MODERN_TABLES, 'all_mathesar_objects'],
}

/** 0.1.4 to 0.1.7. */
export const RELEASE_0_1: StandIn = { msar: 76, __msar: 35, mathesar_types: 469 }

/** What is left after a removal through the web interface that keeps the types. */
export const TYPES_ONLY: StandIn = { mathesar_types: 0 }

/** What is left after a non-strict removal while two of the types are in use. */
export const UNFINISHED_REMOVAL: StandIn = {
  msar: 1,
  __msar: 0,
  mathesar_types: 0,
  features: [REMOVER],
  tables: ['all_mathesar_objects'],
  types: ['email', 'uri'],
}

/** 0.11.0 after somebody dropped the schema `msar` with CASCADE. */
export const MSAR_DROPPED: StandIn = { __msar: 16, mathesar_types: 0 }

/** Returns the statements that create a stand-in. They leave existing schemas and types as they are. */
export function standInSql(standIn: StandIn): string {
  const { features = [], tables = [], types = Object.keys(TYPES) } = standIn
  const schemas = (['mathesar_types', '__msar', 'msar'] as const).filter(
    (name) => standIn[name] !== undefined,
  )
  return [
    ...schemas.map((name) => `CREATE SCHEMA IF NOT EXISTS ${name}`),
    ...(standIn.mathesar_types === undefined ? [] : types).map(
      (name) => `DO $$ BEGIN
        IF to_regtype('mathesar_types.${name}') IS NULL THEN EXECUTE ${literal(TYPES[name] ?? '')}; END IF; END $$`,
    ),
    ...(standIn.mathesar_types === 469
      ? ['CREATE TABLE mathesar_types.top_level_domains (tld character varying PRIMARY KEY)']
      : []),
    ...tables.map((name) => `CREATE TABLE msar.${name} (key text)`),
    ...features.map((signature) => `CREATE FUNCTION ${signature} RETURNS integer LANGUAGE sql AS 'SELECT 1'`),
    ...schemas.map((name) => {
      const count = (standIn[name] ?? 0) - (name === 'msar' ? features.length : 0)
      const prefix = name === 'mathesar_types' ? 'cast_to_stand_in_' : 'stand_in_'
      return `DO $$ BEGIN FOR i IN 1 .. ${count} LOOP
        EXECUTE format('CREATE FUNCTION ${name}.${prefix}%s(integer) RETURNS integer LANGUAGE sql AS ''SELECT 1''', i);
        END LOOP; END $$`
    }),
  ].join(';\n')
}

/**
 * Statements that create the extension hstore, and the seven casts from it that 0.1.x creates if the
 * extension is installed. A superuser runs them.
 */
export const HSTORE_CASTS = `CREATE EXTENSION hstore SCHEMA public;
${['text', 'character_varying', 'character', '_double_quote_char_double_quote_', 'name']
  .map(
    (name) =>
      `CREATE FUNCTION mathesar_types.cast_to_${name}(public.hstore) RETURNS text LANGUAGE sql AS 'SELECT $1::text'`,
  )
  .join(';\n')};
${['email', 'uri']
  .map(
    (name) => `CREATE FUNCTION mathesar_types.cast_to_${name}(public.hstore) RETURNS mathesar_types.${name}
      LANGUAGE sql AS 'SELECT $1::text::mathesar_types.${name}'`,
  )
  .join(';\n')}`

/**
 * Returns statements that do what an upgrade by a Mathesar from 0.2.0 on does to the schemas of an earlier
 * install. If users' objects depend on the functions `keptFunctions` of `mathesar_types`, these stay, and
 * with them all schemas and their comments; all other functions and the check of `uri` are dropped.
 */
export function upgradeSql(keptFunctions: readonly string[] = []): string {
  return `DO $$
BEGIN
  ALTER DOMAIN mathesar_types.uri DROP CONSTRAINT uri_check;
  EXECUTE (
    SELECT 'DROP ROUTINE ' || string_agg(p.oid::regprocedure::text, ', ') || ' CASCADE'
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname IN ('msar', '__msar', 'mathesar_types')
      AND p.oid::regprocedure::text <> ALL (${keptFunctions.length === 0 ? "'{}'" : `ARRAY[${keptFunctions.map(literal).join(', ')}]`})
      AND NOT EXISTS (SELECT FROM pg_type t WHERE t.oid = p.proargtypes[0] AND t.typname = 'hstore')
  );
  DROP TABLE IF EXISTS mathesar_types.top_level_domains;
  DROP TYPE IF EXISTS __msar.col_def, __msar.con_def, __msar.not_null_def CASCADE;
  ${keptFunctions.length === 0 ? 'DROP SCHEMA IF EXISTS msar, __msar CASCADE;' : ''}
  ALTER DOMAIN mathesar_types.uri ADD CONSTRAINT uri_check CHECK (VALUE LIKE '%:%');
END $$;
${standInSql(keptFunctions.length === 0 ? RELEASE_0_11 : RELEASE_0_11_UPGRADED)}`
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

import type { ListedObject } from './earlier.ts'
import { isAtLeast, routineCounts } from './versions.ts'

/** A routine of a release. */
export interface Routine extends ListedObject {
  /** The file that creates it, by its number. */
  file: '05' | '10' | '30' | '45' | '46'
  sql: string
}

/** Releases from `from` on have it, up to `until`, which does not. */
interface Special {
  from: string
  until?: string
  schema?: 'msar' | '__msar'
  identity: string
  /** With names and defaults of the arguments. */
  signature?: string
  returns: string
  language?: 'plpgsql' | 'sql'
  attributes?: string
  body: string
  file?: Routine['file']
}

const FIRST = '0.2.0'

/**
 * Routines on which something depends, and those by which the releases differ. Each text is older than what
 * uses it.
 */
const SPECIAL: readonly Special[] = [
  {
    from: FIRST,
    identity: 'stable_text(text)',
    signature: 'stable_text(value text)',
    returns: 'text',
    attributes: 'IMMUTABLE STRICT',
    body: "SELECT lower(value) || '; $1 ''quoted'' -- no comment' -- \u2192 text",
  },
  // The body of this one differs between 0.9.0 and 0.10.0.
  {
    from: FIRST,
    until: '0.10.0',
    identity: 'normalize_label(text)',
    signature: 'normalize_label(label text)',
    returns: 'text',
    attributes: 'IMMUTABLE STRICT',
    body: 'SELECT lower(label)',
  },
  {
    from: '0.10.0',
    identity: 'normalize_label(text)',
    signature: 'normalize_label(label text)',
    returns: 'text',
    attributes: 'IMMUTABLE STRICT',
    body: 'SELECT lower(btrim(label))',
  },
  // The result of this one changes its type in 0.9.0.
  {
    from: FIRST,
    until: '0.9.0',
    identity: 'table_summary(regclass)',
    signature: 'table_summary(tab regclass)',
    returns: 'text',
    attributes: 'STABLE STRICT',
    body: 'SELECT relname::text FROM pg_class WHERE oid = tab',
  },
  {
    from: '0.9.0',
    identity: 'table_summary(regclass)',
    signature: 'table_summary(tab regclass)',
    returns: 'jsonb',
    attributes: 'STABLE STRICT',
    body: "SELECT jsonb_build_object('name', relname) FROM pg_class WHERE oid = tab",
  },
  // Each of these depends on the one before it, so the remover needs a pass for each.
  ...Array.from({ length: 4 }, (_, at) => ({
    from: FIRST,
    identity: `chain_${at}(text)`,
    signature: `chain_${at}(value text DEFAULT ${at === 0 ? "'start'" : `msar.chain_${at - 1}()`})`,
    returns: 'text',
    attributes: 'IMMUTABLE',
    body: `SELECT value || '${at}'`,
  })),
  // Releases before 0.2.0 have these too, with the same result.
  {
    from: FIRST,
    identity: 'schema_exists(text)',
    signature: 'schema_exists(schema_name text)',
    returns: 'boolean',
    attributes: 'STABLE STRICT',
    body: 'SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = schema_name)',
  },
  {
    from: FIRST,
    identity: 'get_constraint_name(oid)',
    signature: 'get_constraint_name(con_id oid)',
    returns: 'text',
    attributes: 'STABLE STRICT',
    body: 'SELECT quote_ident(conname) FROM pg_constraint WHERE oid = con_id',
  },
  {
    from: FIRST,
    schema: '__msar',
    identity: 'build_col_text(__msar.col_def)',
    signature: 'build_col_text(col __msar.col_def)',
    returns: 'text',
    body: "SELECT concat_ws(' ', (col).name_, (col).type_, (col).default_)",
  },
  {
    from: FIRST,
    identity: 'add_time_to_vector(point, time without time zone)',
    signature: 'add_time_to_vector(point_ point, time_ time)',
    returns: 'point',
    attributes: 'IMMUTABLE STRICT',
    body: 'SELECT point_ + point(sin(extract(epoch FROM time_)), cos(extract(epoch FROM time_)))',
    file: '30',
  },
  {
    from: FIRST,
    identity: 'cast_to_uri(text)',
    signature: 'cast_to_uri(value text)',
    returns: 'mathesar_types.uri',
    attributes: 'IMMUTABLE STRICT',
    body: 'SELECT value::mathesar_types.uri',
    file: '45',
  },
  {
    from: FIRST,
    identity: 'cast_to_email(text)',
    signature: 'cast_to_email(value text)',
    returns: 'mathesar_types.email',
    language: 'plpgsql',
    attributes: 'IMMUTABLE STRICT',
    body: 'BEGIN\n  RETURN value::mathesar_types.email;\nEND;',
    file: '45',
  },
  {
    from: '0.2.1',
    identity: 'drop_schemas(regnamespace[])',
    signature: 'drop_schemas(sch_ids regnamespace[])',
    returns: 'void',
    language: 'plpgsql',
    body: `DECLARE sch regnamespace;
BEGIN
  FOREACH sch IN ARRAY sch_ids LOOP
    EXECUTE format('DROP SCHEMA %s', sch);
  END LOOP;
END;`,
  },
  {
    from: '0.2.2',
    identity: 'cast_to_uuid(text)',
    signature: 'cast_to_uuid(value text)',
    returns: 'uuid',
    attributes: 'IMMUTABLE STRICT',
    body: 'SELECT value::uuid',
    file: '45',
  },
  {
    from: '0.2.2',
    identity: 'describe_pkey(msar.pkey_kind)',
    signature: 'describe_pkey(kind msar.pkey_kind)',
    returns: 'text',
    attributes: 'IMMUTABLE STRICT',
    body: 'SELECT kind::text',
  },
  {
    from: '0.2.3',
    identity: 'type_details(text)',
    signature: 'type_details(value text)',
    returns: 'msar.type_compat_details',
    attributes: 'STABLE',
    body: 'SELECT ROW(value, true)::msar.type_compat_details',
    file: '46',
  },
  {
    from: '0.3.0',
    identity: 'set_not_null(regclass, smallint, boolean)',
    signature: 'set_not_null(tab_id regclass, col_id smallint, not_null boolean)',
    returns: 'void',
    language: 'plpgsql',
    body: `BEGIN
  EXECUTE format('ALTER TABLE %s ALTER COLUMN %I %s NOT NULL', tab_id,
    (SELECT attname FROM pg_attribute WHERE attrelid = tab_id AND attnum = col_id),
    CASE WHEN not_null THEN 'SET' ELSE 'DROP' END);
END;`,
  },
  {
    from: '0.4.0',
    identity: 'format_data(jsonb)',
    signature: 'format_data(value jsonb)',
    returns: 'jsonb',
    attributes: 'IMMUTABLE STRICT',
    body: 'SELECT value',
  },
  {
    from: '0.5.0',
    identity: 'form_insert(jsonb, jsonb)',
    signature: "form_insert(fields jsonb, given jsonb DEFAULT '{}')",
    returns: 'jsonb',
    attributes: 'STABLE',
    body: 'SELECT fields || given',
  },
  {
    from: '0.6.0',
    identity: 'reset_mash(regclass, smallint, jsonb)',
    signature: 'reset_mash(tab_id regclass, col_id smallint, mash jsonb)',
    returns: 'jsonb',
    attributes: 'STABLE',
    body: "SELECT jsonb_build_object('table', tab_id::text, 'column', col_id, 'mash', mash)",
  },
  {
    from: '0.7.0',
    identity: 'add_temp_table(text, __msar.col_def[])',
    signature: 'add_temp_table(tab_name text, col_defs __msar.col_def[])',
    returns: 'text',
    language: 'plpgsql',
    body: `BEGIN
  EXECUTE format('CREATE TEMPORARY TABLE %I (%s)', tab_name,
    (SELECT string_agg(__msar.build_col_text(col), ', ') FROM unnest(col_defs) col));
  RETURN tab_name;
END;`,
  },
  {
    from: '0.8.0',
    identity: 'build_column_expr(text, jsonb)',
    signature: 'build_column_expr(name text, options jsonb)',
    returns: 'text',
    attributes: 'IMMUTABLE',
    body: "SELECT quote_ident(name) || coalesce(options ->> 'suffix', '')",
  },
  {
    from: '0.9.0',
    identity: 'add_column(regclass, jsonb, boolean)',
    signature: 'add_column(tab_id regclass, definition jsonb, raw_default boolean DEFAULT false)',
    returns: 'text',
    attributes: 'STABLE',
    body: "SELECT format('%s %s %s', tab_id, definition ->> 'name', raw_default)",
  },
]

const VERBS = (
  'add build check clear collect copy count describe drop extract fetch find format get infer join list ' +
  'merge move parse prepare quote read rename search sort update'
).split(' ')

const NOUNS = (
  'aggregates areas attributes bounds cells columns comments constraints databases defaults dependents ' +
  'expressions filters groups indexes joins keys links mappings orders pages previews privileges records ' +
  'roles'
).split(' ')

/** Texts of the rest, which is most of a release. `NAME` is the name of the routine. */
const BODIES: readonly Pick<Special, 'signature' | 'returns' | 'language' | 'attributes' | 'body'>[] = [
  {
    signature: 'NAME(tab_id regclass)',
    returns: 'jsonb',
    attributes: 'STABLE STRICT',
    body: `WITH cols AS (
  SELECT attnum, attname, format_type(atttypid, atttypmod) AS type, attnotnull, atthasdef
  FROM pg_catalog.pg_attribute
  WHERE attrelid = tab_id AND attnum > 0 AND NOT attisdropped
)
SELECT jsonb_build_object(
  'name', 'NAME',
  'columns', coalesce(jsonb_agg(jsonb_build_object(
    'id', attnum, 'name', attname, 'type', type, 'nullable', NOT attnotnull, 'has_default', atthasdef
  ) ORDER BY attnum), '[]'::jsonb)
)
FROM cols`,
  },
  {
    signature: "NAME(tab_id oid, given jsonb DEFAULT '{}', should_quote boolean DEFAULT false)",
    returns: 'text',
    language: 'plpgsql',
    body: `DECLARE
  key text;
  value jsonb;
  parts text[] := ARRAY[]::text[];
BEGIN
  FOR key, value IN SELECT * FROM jsonb_each(given) LOOP
    IF jsonb_typeof(value) = 'null' THEN
      CONTINUE;
    END IF;
    parts := parts || format('%I = %s', key, CASE WHEN should_quote THEN quote_literal(value #>> '{}')
      ELSE value #>> '{}' END);
  END LOOP;
  IF cardinality(parts) = 0 THEN
    RAISE EXCEPTION 'NAME: nothing is given for %', tab_id USING ERRCODE = 'invalid_parameter_value';
  END IF;
  RETURN array_to_string(parts, ', ');
END;`,
  },
  {
    signature: 'NAME(names text[], separator text)',
    returns: 'text',
    attributes: 'IMMUTABLE STRICT',
    body: `SELECT string_agg(quote_ident(name), separator ORDER BY position)
FROM unnest(names) WITH ORDINALITY AS given(name, position)
WHERE name <> '' AND name !~ '^\\s+$'`,
  },
  {
    signature: 'NAME(sch_id regnamespace)',
    returns: 'TABLE (id oid, name text, kind "char", description text)',
    attributes: 'STABLE STRICT',
    body: `SELECT c.oid, c.relname::text, c.relkind, obj_description(c.oid, 'pg_class')
FROM pg_catalog.pg_class AS c
LEFT JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = c.oid
WHERE c.relnamespace = sch_id AND i.inhrelid IS NULL AND c.relkind IN ('r', 'v', 'm', 'p')
ORDER BY c.relname`,
  },
]

function special(version: string): Special[] {
  return SPECIAL.filter(
    ({ from, until }) => isAtLeast(version, from) && (until === undefined || !isAtLeast(version, until)),
  )
}

function filler(schema: 'msar' | '__msar', at: number): Special {
  const name = `${VERBS[at % VERBS.length]}_${NOUNS[(at + Math.floor(at / VERBS.length)) % NOUNS.length]}`
  const body = BODIES[at % BODIES.length] as (typeof BODIES)[number]
  const signature = (body.signature ?? '').replace('NAME', name)
  const argumentTypes = signature
    .slice(signature.indexOf('(') + 1, -1)
    .split(', ')
    .map((argument) => argument.replace(/ DEFAULT .*/, '').replace(/^\w+ /, ''))
  return {
    ...body,
    from: FIRST,
    schema,
    identity: `${name}(${argumentTypes.join(', ')})`,
    signature,
    body: body.body.replaceAll('NAME', name),
    file: at % 5 === 4 ? '10' : at % 7 === 6 ? '45' : '05',
  }
}

/**
 * Returns the routines of a release in the order in which its files create them.
 *
 * @param msar how many of them `msar` has
 * @param padding characters of each text, at least
 */
export function routinesOf(version: string, msar: number, padding: number): Routine[] {
  const counts = { msar, __msar: routineCounts(version).__msar }
  const aggregates: Routine[] = [
    aggregate('peak_time', 'time without time zone', 'add_time_to_vector', 'point'),
    aggregate('longest_text', 'text', 'longer_text', 'text'),
  ]
  const given = [
    ...special(version),
    {
      from: FIRST,
      identity: 'longer_text(text, text)',
      signature: 'longer_text(one text, other text)',
      returns: 'text',
      attributes: 'IMMUTABLE',
      body: 'SELECT CASE WHEN length(other) > coalesce(length(one), 0) THEN other ELSE one END',
      file: '30' as const,
    },
  ]
  const specials = given.map((one) => routine(one, padding))
  const inner = specials.filter(({ schema }) => schema === '__msar').length
  const fillers = (schema: 'msar' | '__msar', number: number) =>
    Array.from({ length: number }, (_, at) => routine(filler(schema, at), padding))
  return [
    ...fillers('__msar', counts.__msar - inner),
    ...specials,
    ...fillers('msar', counts.msar - (specials.length - inner) - aggregates.length),
    ...aggregates,
  ]
}

function routine(special: Special, padding: number): Routine {
  const { schema = 'msar', identity, language = 'sql', attributes = 'VOLATILE', body, returns } = special
  const { file = '05', signature = identity } = special
  const described = `/*\n${explanation(signature, padding - body.length)}*/\n${body}`
  return {
    schema,
    name: identity,
    kind: 'FUNCTION',
    isCustomType: false,
    file,
    sql: `CREATE OR REPLACE FUNCTION ${schema}.${signature} RETURNS ${returns} AS $$${described}
$$ LANGUAGE ${language} ${attributes};\n`,
  }
}

function aggregate(name: string, argument: string, step: string, state: string): Routine {
  return {
    schema: 'msar',
    name: `${name}(${argument})`,
    kind: 'AGGREGATE',
    isCustomType: false,
    file: '30',
    sql: `CREATE OR REPLACE AGGREGATE msar.${name}(${argument}) (
  SFUNC = msar.${step},
  STYPE = ${state}${state === 'point' ? ",\n  INITCOND = '(0,0)'" : ''}
);\n`,
  }
}

const SENTENCES = [
  "It doesn't change anything; the caller's privileges decide what it may see.",
  'Arguments that are NULL yield "nothing", as everywhere in this file.',
  'A name is quoted if it has to be, so $1 and $$-like texts are ordinary here.'.replace('$$', '$'),
  'The order of the result is that of the catalog (see above).',
]

function explanation(signature: string, length: number): string {
  let text = `What ${signature.slice(0, signature.indexOf('('))} returns.\n`
  for (let at = 0; text.length < length; at++) text += `  ${SENTENCES[at % SENTENCES.length]}\n`
  return text
}

import { quoteIdentifier } from '../../../src/postgres/quote.ts'
import type { Session } from '../../../src/postgres/types.ts'

/**
 * All that the catalog says of the objects outside the Mathesar schemas, by kind and name, and the rows of
 * every relation as text: two databases with the same description can't be told apart, but for what nobody
 * sees (OIDs, files, numbers of columns). Names in expressions are qualified.
 */
export type Description = Record<string, Record<string, unknown>>

export interface DescribeOptions {
  /** Tables whose columns may stand in another order, such as `public.t`. */
  reordered?: readonly string[]
  /** Schemas that do not count. */
  without?: readonly string[]
}

export const MATHESAR = ['msar', '__msar', 'mathesar_types'] as const

/** Describes the database of the session, temporary relations of the session included. */
export async function describeDatabase(
  session: Session,
  options: DescribeOptions = {},
): Promise<Description> {
  const { reordered = [], without = MATHESAR } = options
  const [version] = await session.run<{ number: number }>(
    `SELECT current_setting('server_version_num')::integer AS number`,
  )
  const description: Description = {}
  const common = spaces(without)
  await session.run(`SET search_path = ''; SET extra_float_digits = 1;`)
  try {
    const relations: Relation[] = await session.query<Relation>(`${common} ${RELATIONS}`)
    for (const [section, query] of Object.entries(sections(version?.number ?? 0))) {
      const rows = await session.query<{ key: string; value: unknown }>(
        `${common} SELECT x.key, x.value FROM (${query}) x (key, value) ORDER BY x.key COLLATE pg_catalog."C", x.value`,
      )
      description[section] = collect(rows)
    }
    for (const name of reordered) {
      const relation = description.relations?.[name] as { columns: [string, unknown][] } | undefined
      relation?.columns.sort(([a], [b]) => (a < b ? -1 : 1))
    }
    description.rows = {}
    for (const relation of relations) description.rows[relation.key] = await rowsOf(session, relation)
  } finally {
    await session.run('RESET search_path; RESET extra_float_digits;')
  }
  return description
}

/** Several rows of one key become a list. */
function collect(rows: readonly { key: string; value: unknown }[]): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const { key, value } of temporary(rows)) {
    const before = result[key]
    result[key] = before === undefined ? value : Array.isArray(before) ? [...before, value] : [before, value]
  }
  return result
}

/** PostgreSQL's name of the schema of temporary objects is another one in each session. */
function temporary<T>(value: T): T {
  return JSON.parse(JSON.stringify(value).replace(/\bpg_temp_\d+\b/g, 'pg_temp'))
}

interface Relation {
  key: string
  name: string
  kind: string
  columns: string[]
}

/** The rows of a relation in a stable order, or why they can't be read. */
async function rowsOf(session: Session, { name, kind, columns }: Relation): Promise<unknown> {
  if (kind === 'S') return session.query(`SELECT last_value::text, is_called FROM ${name}`)
  const values = columns.map((column) => `t.${quoteIdentifier(column)}::text`).join(', ')
  const keys = columns.map((column) => `'${column.replaceAll("'", "''")}'`).join(', ')
  const row = `jsonb_object(ARRAY[${keys}]::text[], ARRAY[${values}]::text[])::text`
  try {
    const rows = await session.query<{ row: string }>(
      `SELECT ${row} AS row FROM ${kind === 'v' ? '' : 'ONLY '}${name} t ORDER BY 1`,
    )
    return rows.map((found) => found.row).sort()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** `space` (oid, name): the schemas that count; that of temporary objects is called pg_temp. */
const spaces = (without: readonly string[]) => `WITH space AS (
  SELECT n.oid, CASE WHEN n.oid = pg_my_temp_schema() THEN 'pg_temp' ELSE n.nspname::text END AS name
  FROM pg_namespace n
  WHERE n.oid = pg_my_temp_schema()
    OR (n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', ${without.map((name) => `'${name}'`).join(', ')}))
), relation AS (
  SELECT c.*, format('%s.%s', s.name, c.relname) AS key FROM pg_class c JOIN space s ON s.oid = c.relnamespace
)`

const RELATIONS = `SELECT r.key, format('%I.%I', s.name, r.relname) AS name, r.relkind::text AS kind,
    ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
      ORDER BY a.attname) AS columns
  FROM relation r JOIN space s ON s.oid = r.relnamespace
  WHERE r.relkind IN ('r', 'v', 'm', 'f', 'S') ORDER BY 1`

/** Columns of a catalog that are numbers of objects, files or columns, or are told otherwise. */
const but = (row: string, ...names: string[]) => `to_jsonb(${row}) - '{oid,${names.join(',')}}'::text[]`

/** What each grantee may do; NULL and the privileges that it stands for are the same. */
const privileges = (acl: string, kind: string | null, owner = '0') => `(
  SELECT coalesce(jsonb_agg(x.text ORDER BY x.text COLLATE pg_catalog."C"), '[]') FROM (
    SELECT format('%s may %s%s by %s', CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(g.grantee)::text END,
      g.privilege_type, CASE WHEN g.is_grantable AND g.grantee <> g.grantor THEN ' with grant option' END, pg_get_userbyid(g.grantor)) AS text
    FROM aclexplode(${kind === null ? acl : `coalesce(${acl}, acldefault('${kind}', ${owner}))`}) g) x)`

const collation = (oid: string) => `nullif(${oid}, 0)::regcollation`

const attribute = (a: string) => `${but(
  a,
  'attrelid,atttypid,attnum,attcacheoff,attcollation,attndims,atthasmissing,attmissingval,attacl,attname',
  'attoptions',
)}
  -- The minor releases of November 2026 count the versions of a column there.
  || jsonb_build_object('options', ARRAY(SELECT o FROM unnest(${a}.attoptions) o WHERE o NOT LIKE 'pg_attver=%' ORDER BY o),
    'type', format_type(${a}.atttypid, ${a}.atttypmod), 'collation', ${collation(`${a}.attcollation`)},
    'privileges', ${privileges(`${a}.attacl`, null)}, 'default', (
      SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d WHERE d.adrelid = ${a}.attrelid AND d.adnum = ${a}.attnum))`

const identity = (classid: string, oid: string, sub = '0') =>
  `(SELECT i.type || ' ' || i.identity FROM pg_identify_object(${classid}, ${oid}, ${sub}) i)`

/** An object that lies in one of the schemas, or in none. */
const counts = (classid: string, oid: string) =>
  `${oid} >= 16384 AND coalesce((SELECT i.schema FROM pg_identify_object(${classid}, ${oid}, 0) i) IN (
    SELECT n.nspname FROM pg_namespace n JOIN space s ON s.oid = n.oid), true)`

/** Queries with two columns, a name and what is to be told of it. */
function sections(version: number): Record<string, string> {
  return {
    schemas: `SELECT s.name, jsonb_build_object('owner', pg_get_userbyid(n.nspowner),
        'privileges', ${privileges('n.nspacl', 'n', 'n.nspowner')})
      FROM pg_namespace n JOIN space s ON s.oid = n.oid WHERE s.name <> 'pg_temp'`,
    relations: `SELECT r.key, ${but(
      'c',
      'relname,relnamespace,reltype,reloftype,relowner,relam,relfilenode,reltablespace,relpages,reltuples,relallvisible',
      'relallfrozen,reltoastrelid,relfrozenxid,relminmxid,relnatts,relrewrite,relhasrules,relhastriggers,relhassubclass',
      'relhasindex,relacl,relpartbound,relchecks',
    )} || jsonb_build_object('owner', pg_get_userbyid(c.relowner),
        'privileges', ${privileges('c.relacl', 'r', 'c.relowner')},
        'type', CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END,
        'rowType', (SELECT format('%s %s', t.typname, e.typname) FROM pg_type t JOIN pg_type e ON e.oid = t.typarray
          WHERE t.oid = c.reltype),
        'method', (SELECT m.amname FROM pg_am m WHERE m.oid = c.relam),
        'tablespace', (SELECT t.spcname FROM pg_tablespace t WHERE t.oid = c.reltablespace),
        'toast', (SELECT t.reloptions FROM pg_class t WHERE t.oid = c.reltoastrelid),
        'parents', (SELECT jsonb_agg(i.inhparent::regclass ORDER BY i.inhseqno) FROM pg_inherits i WHERE i.inhrelid = c.oid),
        'bounds', pg_get_expr(c.relpartbound, c.oid), 'partitionKey', CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
        'query', CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END,
        'foreign', (SELECT jsonb_build_object('server', s.srvname, 'options', f.ftoptions)
          FROM pg_foreign_table f JOIN pg_foreign_server s ON s.oid = f.ftserver WHERE f.ftrelid = c.oid),
        'columns', (SELECT jsonb_agg(jsonb_build_array(a.attname, ${attribute('a')}) ORDER BY a.attnum)
          FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped))
      FROM relation r JOIN pg_class c ON c.oid = r.oid WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm')`,
    sequences: `SELECT r.key, ${but('q', 'seqrelid,seqtypid')} || jsonb_build_object('type', format_type(q.seqtypid, NULL),
        'owner', pg_get_userbyid(r.relowner), 'privileges', ${privileges('r.relacl', 's', 'r.relowner')},
        'column', (SELECT ${identity('d.refclassid', 'd.refobjid', 'd.refobjsubid')} FROM pg_depend d
          WHERE d.classid = 'pg_class'::regclass AND d.objid = r.oid AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0))
      FROM relation r JOIN pg_sequence q ON q.seqrelid = r.oid`,
    constraints: `SELECT ${identity("'pg_constraint'::regclass", 'k.oid')}, ${but(
      'k',
      'connamespace,conrelid,contypid,conindid,conparentid,confrelid,conkey,confkey,conpfeqop,conppeqop,conffeqop',
      'confdelsetcols,conexclop,conbin,connoinherit',
    )} || CASE WHEN k.contype IN ('c', 'n') THEN jsonb_build_object('inherits', NOT k.connoinherit) ELSE '{}' END
      || jsonb_build_object('definition', pg_get_constraintdef(k.oid), 'index', nullif(k.conindid, 0)::regclass,
        'parent', CASE WHEN k.conparentid <> 0 THEN ${identity("'pg_constraint'::regclass", 'k.conparentid')} END)
      FROM pg_constraint k JOIN space s ON s.oid = k.connamespace`,
    indexes: `SELECT r.key, ${but(
      'x',
      'indexrelid,indrelid,indkey,indcollation,indclass,indexprs,indpred,indcheckxmin',
    )} || jsonb_build_object('definition', pg_get_indexdef(x.indexrelid), 'owner', pg_get_userbyid(r.relowner),
        'options', r.reloptions, 'tablespace', (SELECT t.spcname FROM pg_tablespace t WHERE t.oid = r.reltablespace),
        'parent', (SELECT i.inhparent::regclass FROM pg_inherits i WHERE i.inhrelid = r.oid),
        'columns', (SELECT jsonb_agg(jsonb_build_array(a.attnum, a.attstattarget, a.attoptions, format_type(a.atttypid, a.atttypmod),
          ${collation('a.attcollation')}) ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = r.oid))
      FROM relation r JOIN pg_index x ON x.indexrelid = r.oid`,
    rules: `SELECT format('%s on %s', w.rulename, r.key), jsonb_build_object('definition', pg_get_ruledef(w.oid),
        'enabled', w.ev_enabled)
      FROM pg_rewrite w JOIN relation r ON r.oid = w.ev_class WHERE w.rulename <> '_RETURN'`,
    triggers: `SELECT format('%s on %s', g.tgname, r.key), jsonb_build_object('definition', pg_get_triggerdef(g.oid),
        'enabled', g.tgenabled, 'cloned', g.tgparentid <> 0)
      FROM pg_trigger g JOIN relation r ON r.oid = g.tgrelid WHERE NOT g.tgisinternal OR g.tgconstraint = 0`,
    foreignKeyTriggers: `SELECT r.key, jsonb_build_object('function', g.tgfoid::regproc, 'enabled', g.tgenabled,
        'constraint', ${identity("'pg_constraint'::regclass", 'g.tgconstraint')})
      FROM pg_trigger g JOIN relation r ON r.oid = g.tgrelid WHERE g.tgisinternal AND g.tgconstraint <> 0`,
    policies: `SELECT format('%s on %s', p.polname, r.key), jsonb_build_object('command', p.polcmd,
        'permissive', p.polpermissive, 'using', pg_get_expr(p.polqual, p.polrelid),
        'check', pg_get_expr(p.polwithcheck, p.polrelid), 'roles', ARRAY(
          SELECT CASE WHEN u.oid = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(u.oid)::text END
          FROM unnest(p.polroles) u (oid) ORDER BY 1))
      FROM pg_policy p JOIN relation r ON r.oid = p.polrelid`,
    routines: `SELECT ${identity("'pg_proc'::regclass", 'p.oid')}, jsonb_build_object('owner', pg_get_userbyid(p.proowner),
        'privileges', ${privileges('p.proacl', 'f', 'p.proowner')}, 'result', pg_get_function_result(p.oid),
        'definition', CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) END,
        'aggregate', (SELECT jsonb_build_array(g.aggtransfn, g.aggfinalfn, g.aggtranstype::regtype, g.agginitval)
          FROM pg_aggregate g WHERE g.aggfnoid = p.oid))
      FROM pg_proc p JOIN space s ON s.oid = p.pronamespace`,
    types: `SELECT format('%s.%s', s.name, t.typname), ${but(
      't',
      'typname,typnamespace,typowner,typrelid,typelem,typarray,typbasetype,typcollation,typdefault,typdefaultbin,typacl',
    )} || jsonb_build_object('owner', pg_get_userbyid(t.typowner), 'privileges', ${privileges('t.typacl', 'T', 't.typowner')},
        'base', format_type(nullif(t.typbasetype, 0), t.typtypmod), 'element', format_type(nullif(t.typelem, 0), NULL),
        'array', format_type(nullif(t.typarray, 0), NULL), 'collation', ${collation('t.typcollation')},
        'default', pg_get_expr(t.typdefaultbin, 0),
        'attributes', (SELECT jsonb_agg(jsonb_build_array(a.attname, ${attribute('a')}) ORDER BY a.attnum)
          FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'c'
          WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped),
        'labels', (SELECT jsonb_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid),
        'range', (SELECT jsonb_build_array(format_type(g.rngsubtype, NULL), ${collation('g.rngcollation')},
          (SELECT o.opcname FROM pg_opclass o WHERE o.oid = g.rngsubopc), g.rngcanonical, g.rngsubdiff
          ${version >= 140_000 ? ', format_type(g.rngmultitypid, NULL)' : ''})
          FROM pg_range g WHERE g.rngtypid = t.oid))
      FROM pg_type t JOIN space s ON s.oid = t.typnamespace
      LEFT JOIN pg_class c ON c.oid = t.typrelid LEFT JOIN pg_type e ON e.oid = t.typelem AND e.typarray = t.oid
      LEFT JOIN pg_class ec ON ec.oid = e.typrelid
      WHERE coalesce(c.relkind, ec.relkind, 'c') = 'c'`,
    statistics: `SELECT format('%s.%s', s.name, x.stxname), ${but(
      'x',
      'stxrelid,stxnamespace,stxname,stxowner,stxkeys,stxexprs',
    )} || jsonb_build_object('definition', pg_get_statisticsobjdef(x.oid), 'owner', pg_get_userbyid(x.stxowner))
      FROM pg_statistic_ext x JOIN space s ON s.oid = x.stxnamespace`,
    publications: `SELECT p.pubname, ${but('p', 'pubowner,pubname')} || jsonb_build_object('owner', pg_get_userbyid(p.pubowner),
        'tables', (SELECT jsonb_agg(jsonb_build_array(r.prrelid::regclass ${
          version >= 150_000
            ? `, pg_get_expr(r.prqual, r.prrelid), ARRAY(SELECT a.attname FROM pg_attribute a
              WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs::int2[]) ORDER BY a.attname)`
            : ''
        }) ORDER BY r.prrelid::regclass::text) FROM pg_publication_rel r WHERE r.prpubid = p.oid)
        ${
          version >= 150_000
            ? `, 'schemas', (SELECT jsonb_agg(s.name ORDER BY s.name) FROM pg_publication_namespace n
              JOIN space s ON s.oid = n.pnnspid WHERE n.pnpubid = p.oid)`
            : ''
        })
      FROM pg_publication p`,
    defaultPrivileges: `SELECT format('%s %s %s', pg_get_userbyid(d.defaclrole), d.defaclobjtype, s.name),
        ${privileges('d.defaclacl', null)}
      FROM pg_default_acl d LEFT JOIN space s ON s.oid = d.defaclnamespace
      WHERE d.defaclnamespace = 0 OR s.oid IS NOT NULL`,
    comments: `SELECT ${identity('d.classoid', 'd.objoid', 'd.objsubid')}, to_jsonb(d.description)
      FROM pg_description d WHERE ${counts('d.classoid', 'd.objoid')}`,
    extensions: `SELECT ${identity('d.classid', 'd.objid')}, jsonb_build_array(d.deptype, e.extname)
      FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
      WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'x'`,
    others: [
      ['pg_cast', 'c.castcontext::text || c.castmethod::text || c.castfunc::regprocedure::text'],
      ['pg_operator', 'pg_get_userbyid(c.oprowner)::text'],
      ['pg_opclass', 'pg_get_userbyid(c.opcowner)::text'],
      ['pg_opfamily', 'pg_get_userbyid(c.opfowner)::text'],
      ['pg_collation', 'pg_get_userbyid(c.collowner)::text'],
      ['pg_event_trigger', 'c.evtenabled::text'],
      ['pg_foreign_server', 'pg_get_userbyid(c.srvowner)::text'],
    ]
      .map(
        ([catalog, fact]) => `SELECT ${identity(`'${catalog}'::regclass`, 'c.oid')}, to_jsonb(${fact})
        FROM ${catalog} c WHERE ${counts(`'${catalog}'::regclass`, 'c.oid')}`,
      )
      .join('\nUNION ALL\n'),
  }
}

import type { Session } from '../../postgres/types.ts'
import { append } from '../append.ts'
import { readCatalog } from '../inspect/catalog-read.ts'
import { CONVERSION_SETTINGS } from '../session/guard.ts'
import { addressOf, CATALOG, parseAddress } from './address.ts'
import type { Conversion } from './conversion-types.ts'
import { isColumnSetting, isIndexSetting, isViewSetting } from './settings.ts'

/** One privilege as aclexplode() gives it; `grantee` is null for PUBLIC. */
export interface Grant {
  grantor: string
  grantee: string | null
  privilege: string
  grantable: boolean
}

/** A comment, or a security label, on an object (`column` null) or on one of its columns. */
export interface Remark {
  column: string | null
  /** The provider of a security label; null for a comment. */
  provider: string | null
  text: string
}

/** What can be set on a column apart from its type; null where nothing was. */
export interface ColumnSettings {
  name: string
  statistics: number | null
  /** A word of ALTER COLUMN SET STORAGE, where it is not the type's own. */
  storage: string | null
  compression: string | null
  options: string | null
  grants: Grant[] | null
}

/** All that it takes to make an object again. What does not apply to a kind is null or empty. */
export interface Definition {
  address: string
  /** The command's text, or the part of it that PostgreSQL prints: a query, an expression, a CREATE command. */
  text: string
  /** Further parts, by kind. */
  parts: string[]
  remarks: Remark[] | null
  /** Of a constraint those of its index. */
  indexRemarks: Remark[] | null
  grants: Grant[] | null
  columns: ColumnSettings[]
  /** Extensions that it was declared to depend on. */
  extensions: string[]
  /** Storage parameters and the like, ready for WITH (…). */
  options: string | null
  tablespace: string | null
  accessMethod: string | null
  /** Populated, enabled, clustered …: the letter or word that the catalog has. */
  state: string
  /** Of a composite type. */
  attributes: Attribute[]
}

export interface Attribute {
  name: string
  /** OID and name of its type, the latter with its modifier. */
  type: string
  typeName: string
  collation: string | null
}

/** A table whose columns change: what PostgreSQL does not carry along itself. */
export interface TableFacts {
  oid: string
  columns: ColumnSettings[]
  /** Names of the columns that ANALYZE has looked at. */
  analysed: string[]
  remarks: Remark[]
  /** Its constraints against NULL, which PostgreSQL names from version 18 on. */
  notNulls: NotNull[]
}

export interface NotNull {
  /** Quoted, as in commands. */
  name: string
  column: string
  /** Declared on this very table, whatever its parents say. */
  local: boolean
  text: string
  remarks: Remark[]
}

/** What is kept of an index, a statistics object or an inherited constraint that PostgreSQL makes again by itself. */
export interface CarriedObject {
  address: string
  remarks: Remark[]
  /** Of a constraint: checked for all rows, though that of a parent is not. */
  valid: boolean
  statistics: { column: number | null; target: number }[]
  owner: string | null
  extensions: string[]
}

export interface Definitions {
  objects: ReadonlyMap<string, Definition>
  /** Those of generated columns' expressions, by the column's address. */
  expressions: ReadonlyMap<string, Definition>
  tables: ReadonlyMap<string, TableFacts>
  carried: CarriedObject[]
  /** Everybody to whom default privileges would grant something on a new object. */
  defaultGrantees: (string | null)[]
}

const GRANTS = (acl: string) => `CASE WHEN ${acl} IS NULL THEN NULL ELSE (
    SELECT coalesce(json_agg(json_build_object('grantor', pg_get_userbyid(g.grantor),
      'grantee', CASE WHEN g.grantee <> 0 THEN pg_get_userbyid(g.grantee) END,
      'privilege', g.privilege_type, 'grantable', g.is_grantable)), '[]')
    FROM aclexplode(${acl}) g) END`

const REMARKS = (classid: string, oid: string, columns = 'NULL::name') => `(
    SELECT coalesce(json_agg(json_build_object('column', m.column, 'provider', m.provider, 'text', m.text)), '[]')
    FROM (
      SELECT ${columns} AS column, NULL::text AS provider, d.description AS text, d.objsubid
      FROM pg_catalog.pg_description d WHERE d.classoid = '${classid}'::regclass AND d.objoid = ${oid}
      UNION ALL
      SELECT ${columns}, d.provider, d.label, d.objsubid
      FROM pg_catalog.pg_seclabel d WHERE d.classoid = '${classid}'::regclass AND d.objoid = ${oid}
    ) m)`

/** The name of the column that a remark `d` on relation `oid` is about. */
const COLUMN_OF_REMARK = (oid: string) =>
  `(SELECT q.attname FROM pg_catalog.pg_attribute q WHERE q.attrelid = ${oid} AND q.attnum = d.objsubid AND d.objsubid > 0)`

const EXTENSIONS = (classid: string, oid: string) => `(
    SELECT coalesce(json_agg(e.extname), '[]') FROM pg_catalog.pg_depend x
    JOIN pg_catalog.pg_extension e ON e.oid = x.refobjid
    WHERE x.classid = '${classid}'::regclass AND x.objid = ${oid} AND x.deptype = 'x')`

const COLUMN_SETTINGS = (condition: string) => `(
    SELECT coalesce(json_agg(json_build_object('name', a.attname,
      'statistics', CASE WHEN a.attstattarget >= 0 THEN a.attstattarget END,
      'storage', CASE WHEN a.attstorage <> t.typstorage THEN
        CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END,
      'compression', CASE to_jsonb(a) ->> 'attcompression' WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END,
      'options', (SELECT string_agg(o, ', ' ORDER BY n) FROM unnest(a.attoptions) WITH ORDINALITY u(o, n)
        WHERE ${isColumnSetting('o', 'r.relkind')}),
      'grants', ${GRANTS('a.attacl')}) ORDER BY a.attnum), '[]')
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    JOIN pg_catalog.pg_class r ON r.oid = a.attrelid
    WHERE a.attnum > 0 AND NOT a.attisdropped AND ${condition})`

/** `WITH (…)` of those settings `o` in an array of reloptions that meet a condition, each value quoted. */
const OPTIONS = (array: string, condition: string) => `(
    SELECT string_agg(CASE WHEN o LIKE 'toast.%' THEN 'toast.' ELSE '' END
      || format('%I=%L', regexp_replace(split_part(o, '=', 1), '^toast[.]', ''), substr(o, strpos(o, '=') + 1)), ', ' ORDER BY n)
    FROM unnest(${array}) WITH ORDINALITY u(o, n) WHERE ${condition})`

/** The settings of a relation `c` with those of its TOAST table. */
const WITH_TOAST = `(c.reloptions || ARRAY(SELECT 'toast.' || u.o FROM pg_catalog.pg_class x, unnest(x.reloptions) u(o)
      WHERE x.oid = c.reltoastrelid))`

/** The name of the access method of a relation. */
const METHOD = (relation: string) =>
  `(SELECT m.amname FROM pg_catalog.pg_am m WHERE m.oid = ${relation}.relam)`

const BARE = "'[]'::json"

/** The name and the owner of the partitioned index that an index is a part of; empty where it is none's. */
const PARENT_INDEX = (oid: string) => `(
    SELECT coalesce(json_agg(v.p), '[]')
    FROM pg_catalog.pg_inherits h
    JOIN pg_catalog.pg_class i ON i.oid = h.inhparent AND i.relkind = 'I'
    JOIN pg_catalog.pg_namespace s ON s.oid = i.relnamespace
    CROSS JOIN LATERAL (VALUES (format('%I.%I', s.nspname, i.relname)), (pg_get_userbyid(i.relowner)::text)) v (p)
    WHERE h.inhrelid = ${oid})`

/** What ANALYZE is to gather about the expressions of an index. */
const INDEX_COLUMNS = (oid: string) => `(
    SELECT coalesce(json_agg(json_build_object('name', a.attnum::text, 'statistics', a.attstattarget,
      'storage', NULL, 'compression', NULL, 'options', NULL, 'grants', NULL)), '[]')
    FROM pg_catalog.pg_attribute a WHERE a.attrelid = ${oid} AND a.attstattarget >= 0)`

interface Part {
  address: string
  from: string
  text: string
  parts?: string
  remarks: string
  indexRemarks?: string
  grants?: string
  columns?: string
  extensions?: string
  options?: string
  tablespace?: string
  accessMethod?: string
  state?: string
  attributes?: string
}

function part(catalog: string, oids: readonly string[], fields: Part): string {
  return `SELECT json_build_object('address', concat_ws('/', ${catalog}, ${fields.address}), 'text', ${fields.text},
      'parts', ${fields.parts ?? BARE}, 'remarks', ${fields.remarks},
      'indexRemarks', ${fields.indexRemarks ?? BARE}, 'grants', ${fields.grants ?? 'NULL'},
      'columns', ${fields.columns ?? BARE}, 'extensions', ${fields.extensions ?? BARE},
      'options', ${fields.options ?? 'NULL'}, 'tablespace', ${fields.tablespace ?? 'NULL'},
      'accessMethod', ${fields.accessMethod ?? 'NULL'}, 'state', ${fields.state ?? "''"}, 'attributes', ${fields.attributes ?? BARE}) AS definition
    FROM unnest('{${oids.join(',')}}'::oid[]) o(oid) ${fields.from}`
}

const TABLESPACE = (column: string) =>
  `(SELECT s.spcname FROM pg_catalog.pg_tablespace s WHERE s.oid = ${column})`

function objectsQuery(oids: (catalog: string) => string[], serverVersion: number): string {
  // Before PostgreSQL 17 a multirange keeps the owner that made it, whoever gets its range.
  const ownsMultirange = serverVersion >= 140_000 && serverVersion < 170_000
  const C = CATALOG
  const viewish = part(C.class, oids(C.class), {
    address: 'c.oid, 0',
    from: `JOIN pg_catalog.pg_class c ON c.oid = o.oid AND c.relkind IN ('v', 'm')`,
    text: "rtrim(pg_get_viewdef(c.oid), ';')",
    parts: `(SELECT json_agg(a.attname ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)`,
    remarks: REMARKS('pg_catalog.pg_class', 'c.oid', COLUMN_OF_REMARK('c.oid')),
    grants: GRANTS('c.relacl'),
    columns: COLUMN_SETTINGS('a.attrelid = c.oid'),
    extensions: EXTENSIONS('pg_catalog.pg_class', 'c.oid'),
    options: OPTIONS(WITH_TOAST, isViewSetting('o', 'c.relkind', METHOD('c'))),
    tablespace: TABLESPACE('c.reltablespace'),
    accessMethod: '(SELECT quote_ident(m.amname) FROM pg_catalog.pg_am m WHERE m.oid = c.relam)',
    state: "CASE WHEN c.relispopulated THEN 'populated' ELSE '' END",
  })
  const index = part(C.class, oids(C.class), {
    address: 'c.oid, 0',
    from: 'JOIN pg_catalog.pg_class c ON c.oid = o.oid JOIN pg_catalog.pg_index x ON x.indexrelid = c.oid',
    text: 'pg_get_indexdef(c.oid)',
    parts: PARENT_INDEX('c.oid'),
    remarks: REMARKS('pg_catalog.pg_class', 'c.oid'),
    columns: INDEX_COLUMNS('c.oid'),
    extensions: EXTENSIONS('pg_catalog.pg_class', 'c.oid'),
    tablespace: TABLESPACE('c.reltablespace'),
    state: `concat_ws(' ', CASE WHEN x.indisclustered THEN 'clustered' END,
        CASE WHEN x.indisreplident THEN 'identity' END)`,
  })
  const parts = [
    viewish,
    index,
    part(C.routine, oids(C.routine), {
      address: 'p.oid, 0',
      from: 'JOIN pg_catalog.pg_proc p ON p.oid = o.oid',
      text: 'pg_get_functiondef(p.oid)',
      remarks: REMARKS('pg_catalog.pg_proc', 'p.oid'),
      grants: GRANTS('p.proacl'),
      extensions: EXTENSIONS('pg_catalog.pg_proc', 'p.oid'),
    }),
    part(C.default, oids(C.default), {
      address: 'f.oid, 0',
      from: `JOIN pg_catalog.pg_attrdef f ON f.oid = o.oid
        JOIN pg_catalog.pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum`,
      text: 'pg_get_expr(f.adbin, f.adrelid)',
      parts: 'json_build_array(a.attname)',
      remarks: BARE,
    }),
    part(C.constraint, oids(C.constraint), {
      address: 'k.oid, 0',
      from: 'JOIN pg_catalog.pg_constraint k ON k.oid = o.oid LEFT JOIN pg_catalog.pg_class i ON i.oid = k.conindid',
      text: 'pg_get_constraintdef(k.oid)',
      parts: `CASE WHEN k.contype <> 'f' THEN ${PARENT_INDEX('k.conindid')} ELSE ${BARE} END`,
      remarks: REMARKS('pg_catalog.pg_constraint', 'k.oid'),
      indexRemarks: `CASE WHEN k.contype <> 'f' THEN ${REMARKS('pg_catalog.pg_class', 'k.conindid')} ELSE ${BARE} END`,
      columns: `CASE WHEN k.contype <> 'f' THEN ${INDEX_COLUMNS('k.conindid')} ELSE ${BARE} END`,
      options: `CASE WHEN k.contype <> 'f' THEN ${OPTIONS('i.reloptions', isIndexSetting('o', METHOD('i')))} END`,
      tablespace: `CASE WHEN k.contype <> 'f' THEN ${TABLESPACE('i.reltablespace')} END`,
      state: `coalesce((SELECT concat_ws(' ', CASE WHEN x.indisclustered THEN 'clustered' END,
          CASE WHEN x.indisreplident THEN 'identity' END)
        FROM pg_catalog.pg_index x WHERE x.indexrelid = k.conindid AND k.contype <> 'f'), '')`,
    }),
    part(C.rewrite, oids(C.rewrite), {
      address: 'w.oid, 0',
      from: 'JOIN pg_catalog.pg_rewrite w ON w.oid = o.oid',
      text: 'pg_get_ruledef(w.oid)',
      remarks: REMARKS('pg_catalog.pg_rewrite', 'w.oid'),
      state: 'w.ev_enabled',
    }),
    part(C.trigger, oids(C.trigger), {
      address: 'g.oid, 0',
      from: 'JOIN pg_catalog.pg_trigger g ON g.oid = o.oid',
      text: 'pg_get_triggerdef(g.oid)',
      // Partitions whose trigger is enabled in another way, each after how.
      parts: `(WITH RECURSIVE clone AS (
          SELECT k.oid, k.tgrelid, k.tgenabled FROM pg_catalog.pg_trigger k WHERE k.tgparentid = g.oid
          UNION ALL
          SELECT k.oid, k.tgrelid, k.tgenabled FROM clone l JOIN pg_catalog.pg_trigger k ON k.tgparentid = l.oid
        )
        SELECT coalesce(json_agg(p.part), '[]')
        FROM clone l JOIN pg_catalog.pg_class c ON c.oid = l.tgrelid
        JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
        CROSS JOIN LATERAL (VALUES (l.tgenabled::text), (format('%I.%I', s.nspname, c.relname))) p(part)
        WHERE l.tgenabled <> g.tgenabled)`,
      remarks: REMARKS('pg_catalog.pg_trigger', 'g.oid'),
      extensions: EXTENSIONS('pg_catalog.pg_trigger', 'g.oid'),
      state: 'g.tgenabled',
    }),
    part(C.policy, oids(C.policy), {
      address: 'p.oid, 0',
      from: 'JOIN pg_catalog.pg_policy p ON p.oid = o.oid',
      text: `format('%s FOR %s TO %s', CASE WHEN p.polpermissive THEN 'AS PERMISSIVE' ELSE 'AS RESTRICTIVE' END,
        CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
        (SELECT string_agg(CASE WHEN r = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r)) END, ', ')
          FROM unnest(p.polroles) r))`,
      parts: 'json_build_array(pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))',
      remarks: REMARKS('pg_catalog.pg_policy', 'p.oid'),
    }),
    part(C.statistics, oids(C.statistics), {
      address: 's.oid, 0',
      from: 'JOIN pg_catalog.pg_statistic_ext s ON s.oid = o.oid',
      text: 'pg_get_statisticsobjdef(s.oid)',
      remarks: REMARKS('pg_catalog.pg_statistic_ext', 's.oid'),
      state: "coalesce(nullif(to_jsonb(s) ->> 'stxstattarget', '-1'), '')",
    }),
    part(C.type, oids(C.type), {
      address: 't.oid, 0',
      from: `JOIN pg_catalog.pg_type t ON t.oid = o.oid LEFT JOIN pg_catalog.pg_range g ON g.rngtypid = t.oid
        LEFT JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype`,
      // Of a domain its default, of a range its operator class.
      text: `coalesce(CASE WHEN t.typtype = 'd' THEN coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault) END,
        (SELECT format('%I.%I', s.nspname, c.opcname) FROM pg_catalog.pg_opclass c
          JOIN pg_catalog.pg_namespace s ON s.oid = c.opcnamespace WHERE c.oid = g.rngsubopc), '')`,
      parts: `json_build_array(
        (SELECT format('%I.%I', s.nspname, l.collname) FROM pg_catalog.pg_collation l
          JOIN pg_catalog.pg_namespace s ON s.oid = l.collnamespace
          WHERE l.oid = coalesce(nullif(CASE WHEN t.typcollation <> b.typcollation THEN t.typcollation END, 0), nullif(g.rngcollation, 0))),
        ${serverVersion >= 140_000 ? '(SELECT m.typname FROM pg_catalog.pg_type m WHERE m.oid = g.rngmultitypid)' : 'NULL'},
        CASE WHEN t.typnotnull THEN 'NOT NULL' END, nullif(g.rngsubdiff, 0)::regproc::text,
        ${ownsMultirange ? '(SELECT pg_get_userbyid(m.typowner) FROM pg_catalog.pg_type m WHERE m.oid = g.rngmultitypid)' : 'NULL'})`,
      remarks: `(SELECT json_agg(e) FROM (
          SELECT json_array_elements(${REMARKS('pg_catalog.pg_type', 't.oid')}) AS e UNION ALL
          SELECT json_array_elements(${REMARKS('pg_catalog.pg_class', 't.typrelid', COLUMN_OF_REMARK('t.typrelid'))})) m)`,
      attributes: `(SELECT coalesce(json_agg(json_build_object('name', a.attname, 'type', a.atttypid::text,
          'typeName', format_type(a.atttypid, a.atttypmod), 'collation', CASE WHEN a.attcollation <> y.typcollation THEN (
            SELECT format('%I.%I', s.nspname, l.collname) FROM pg_catalog.pg_collation l
            JOIN pg_catalog.pg_namespace s ON s.oid = l.collnamespace WHERE l.oid = a.attcollation) END)
          ORDER BY a.attnum), '[]')
        FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type y ON y.oid = a.atttypid
        WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)`,
      grants: GRANTS('t.typacl'),
      extensions: EXTENSIONS('pg_catalog.pg_type', 't.oid'),
    }),
  ]
  const publication =
    serverVersion >= 150_000
      ? {
          text: "coalesce(pg_get_expr(p.prqual, p.prrelid), '')",
          parts: `to_json(array(SELECT a.attname FROM pg_catalog.pg_attribute a
            WHERE a.attrelid = p.prrelid AND a.attnum = ANY (p.prattrs::int2[]) ORDER BY a.attnum))`,
        }
      : { text: "''" }
  parts.push(
    part(C.publicationTable, oids(C.publicationTable), {
      address: 'p.oid, 0',
      from: 'JOIN pg_catalog.pg_publication_rel p ON p.oid = o.oid',
      remarks: BARE,
      ...publication,
    }),
  )
  return parts.join('\n    UNION ALL\n    ')
}

/** One row: `{ objects, tables, carried, defaultGrantees }`. */
function definitionsQuery(conversion: Conversion): string {
  const expressions = expressionsOf(conversion)
  const wanted = new Map<string, string[]>()
  const want = (catalog: string, oid: string) => append(wanted, catalog, oid)
  const tables = new Set<string>()
  const indexes: string[] = []
  const statistics: string[] = []
  const checks: string[] = []
  for (const { address, detail } of conversion.graph.objects) {
    const { oid } = parseAddress(address)
    if (detail === 'index of constraint' && conversion.fates.get(conversion.same(address))?.kind === 'keep')
      indexes.push(oid)
    if (detail === 'inherited check') checks.push(oid)
  }
  for (const [address, fate] of conversion.fates) {
    const { catalog, oid, sub } = parseAddress(address)
    if (fate.kind === 'restore' && conversion.objects.get(address)?.detail === 'class m') tables.add(oid)
    if (catalog === CATALOG.class && sub > 0) tables.add(oid)
    else if (fate.kind === 'restore' || fate.kind === 'rebuild') want(catalog, oid)
    else if (fate.kind === 'keep' && catalog === CATALOG.class) indexes.push(oid)
    else if (fate.kind === 'keep' && catalog === CATALOG.statistics) statistics.push(oid)
    else if (fate.kind === 'keep' && catalog === CATALOG.constraint) want(catalog, oid)
    const expression = expressions.get(address)
    if (expression !== undefined && (fate.kind === 'regenerate' || fate.kind === 'recompute'))
      want(CATALOG.default, parseAddress(expression).oid)
  }
  const oids = (catalog: string) => wanted.get(catalog) ?? []
  const list = (values: Iterable<string>) => `'{${[...values].join(',')}}'::oid[]`
  return `SELECT json_build_object(
  'objects', (SELECT coalesce(json_agg(d.definition), '[]') FROM (
    ${objectsQuery(oids, conversion.graph.serverVersion)}
  ) d),
  'tables', (SELECT coalesce(json_agg(json_build_object('oid', c.oid::text, 'columns', ${COLUMN_SETTINGS('a.attrelid = c.oid')},
      'remarks', ${REMARKS('pg_catalog.pg_class', 'c.oid', COLUMN_OF_REMARK('c.oid'))},
      'notNulls', (SELECT coalesce(json_agg(json_build_object('name', quote_ident(k.conname), 'column', a.attname,
          'local', k.conislocal, 'text', pg_get_constraintdef(k.oid), 'remarks', ${REMARKS('pg_catalog.pg_constraint', 'k.oid')})), '[]')
        FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
        WHERE k.conrelid = c.oid AND k.contype = 'n'),
      -- The table under that view is for superusers alone.
      'analysed', (SELECT coalesce(json_agg(DISTINCT a.attname), '[]') FROM pg_catalog.pg_attribute a
        JOIN pg_catalog.pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname
        WHERE a.attrelid = c.oid AND NOT a.attisdropped))), '[]')
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ANY (${list(tables)})),
  'carried', (SELECT coalesce(json_agg(json_build_object('address', x.address, 'statistics', x.statistics, 'owner', x.owner,
      'extensions', x.extensions, 'remarks', x.remarks, 'valid', x.valid)), '[]')
    FROM (
      SELECT concat_ws('/', ${CATALOG.class}, c.oid, 0) AS address, NULL AS owner, ${BARE} AS remarks, false AS valid,
        (SELECT coalesce(json_agg(json_build_object('column', a.attnum, 'target', a.attstattarget)), '[]')
          FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attstattarget >= 0) AS statistics,
        ${EXTENSIONS('pg_catalog.pg_class', 'c.oid')} AS extensions
      FROM pg_catalog.pg_class c WHERE c.oid = ANY (${list(indexes)})
      UNION ALL
      SELECT concat_ws('/', ${CATALOG.constraint}, k.oid, 0), NULL, ${REMARKS('pg_catalog.pg_constraint', 'k.oid')},
        k.convalidated AND EXISTS (
          SELECT FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_constraint p ON p.conrelid = h.inhparent AND p.conname = k.conname
          WHERE h.inhrelid = k.conrelid AND NOT p.convalidated), ${BARE}, ${BARE}
      FROM pg_catalog.pg_constraint k WHERE k.oid = ANY (${list(checks)})
      UNION ALL
      SELECT concat_ws('/', ${CATALOG.statistics}, s.oid, 0), pg_get_userbyid(s.stxowner), ${BARE}, false,
        CASE WHEN to_jsonb(s) ->> 'stxstattarget' <> '-1'
          THEN json_build_array(json_build_object('column', NULL, 'target', (to_jsonb(s) ->> 'stxstattarget')::integer))
          ELSE '[]' END, ${BARE}
      FROM pg_catalog.pg_statistic_ext s WHERE s.oid = ANY (${list(statistics)})
    ) x),
  'defaultGrantees', (SELECT coalesce(json_agg(DISTINCT g.grantee), '[]') FROM (
    SELECT CASE WHEN a.grantee <> 0 THEN pg_get_userbyid(a.grantee) END AS grantee
    FROM pg_catalog.pg_default_acl d CROSS JOIN LATERAL aclexplode(d.defaclacl) a) g)
) AS definitions`
}

/** The row of pg_attrdef that holds a generated column's expression, by the column's address; both as addresses. */
function expressionsOf({ graph }: Conversion): ReadonlyMap<string, string> {
  return new Map(
    graph.objects.flatMap(({ address, detail, relation, column }): [string, string][] =>
      detail === 'generated' ? [[addressOf(CATALOG.class, relation, column), address]] : [],
    ),
  )
}

/**
 * Reads all definitions that `convert` needs, in one round trip. PostgreSQL locks relations (ACCESS SHARE) to print some of
 * them. Errors: `catalogChanged`; those of `toOperatorError`.
 */
export async function readDefinitions(session: Session, conversion: Conversion): Promise<Definitions> {
  interface Answer {
    objects: Definition[]
    tables: TableFacts[]
    carried: CarriedObject[]
    defaultGrantees: (string | null)[]
  }
  const { definitions: answer } = await readCatalog<{ definitions: Answer }>(
    session,
    CONVERSION_SETTINGS,
    definitionsQuery(conversion),
    ({ definitions: { objects } }) => objects.every(({ text }) => text !== null),
  )
  const { objects, tables, carried, defaultGrantees } = answer
  const definitions = new Map(objects.map((definition) => [definition.address, definition]))
  return {
    objects: definitions,
    expressions: new Map(
      [...expressionsOf(conversion)].flatMap(([column, address]): [string, Definition][] => {
        const expression = definitions.get(address)
        return expression === undefined ? [] : [[column, expression]]
      }),
    ),
    tables: new Map(tables.map((table) => [table.oid, table])),
    carried,
    defaultGrantees,
  }
}

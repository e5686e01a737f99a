import type { Session } from '../../postgres/types.ts'
import { SAFE_SETTINGS } from '../inspect/catalog.ts'
import { readCatalog } from '../inspect/catalog-read.ts'
import { CODE } from './code-query.ts'
import { notMovedFrom, reached } from './reached.ts'

/**
 * What the catalog says of everything that depends on the Mathesar schemas: enough to decide what becomes of each
 * object, without any definition, since to print one PostgreSQL takes locks. Names are quoted and qualified, ready for
 * SQL. Objects are addressed as in pg_depend: `classid/objid/objsubid`.
 */
export interface Graph {
  /** The number of the server's version, such as 180004. */
  serverVersion: number
  /** The session's role, and whether it is a superuser. */
  role: string
  superuser: boolean
  database: string
  relations: GraphRelation[]
  columns: GraphColumn[]
  types: GraphType[]
  objects: GraphObject[]
  edges: GraphEdge[]
  /** Names of the roles among the owners that are superusers. */
  superusers: string[]
  /** Names of the roles among the owners that may not create temporary objects in the database. */
  withoutTemporary: string[]
  /** Schemas that an owner may not look names up in. */
  unusable: { role: string; schema: string }[]
}

/** Code that the expressions of a table, a materialized view or a domain run. */
export interface GraphCode {
  /** The role that owns a routine, neither a superuser nor the session's role; null: one of PostgreSQL's that runs anything. */
  owner: string | null
}

export interface GraphRelation {
  oid: string
  name: string
  schema: string
  /** pg_class.relkind: r, p, f, v, m, c … */
  kind: string
  owner: string
  /** The session may act as the owner. */
  mayActAsOwner: boolean
  /** The owner may look names up in its schema. */
  ownerUsesSchema: boolean
  /** The owner may create in its schema. */
  ownerCreates: boolean
  temporary: boolean
  /** A temporary relation of another session. */
  foreignTemporary: boolean
  partition: boolean
  /** The composite type that a typed table is made of, else 0. */
  ofType: string
  /** Direct parents, by inheritance or partitioning. */
  parents: string[]
  /** The relation's row type, for columns that are of it. */
  rowType: string
  arrayOfRowType: string
  extension: string | null
  /** Row security applies to the owner too. */
  forcedSecurity: boolean
  code: GraphCode | null
  /** The expressions of its partition key call routines that are not PostgreSQL's own. */
  keyCode: boolean
  /** OIDs of the routines and operators, not PostgreSQL's own, that expressions on it call; of superusers' relations alone. */
  routines: string[]
  operators: string[]
}

/** A column of a relation, or an attribute of a composite type. */
export interface GraphColumn {
  address: string
  relation: string
  number: number
  /** Not quoted. */
  name: string
  /** OID of its type. */
  type: string
  typeName: string
  /** Quoted name of a collation that is not the type's own. */
  collation: string | null
  /** How many parents it comes from. */
  inherited: number
  /** Declared on this very relation, whatever its parents have. */
  local: boolean
  /** `s` stored, `v` virtual, or empty. */
  generated: string
  notNull: boolean
  partitionKey: boolean
  /** Of a foreign table, or of a relation that has a foreign table among its children. */
  foreign: boolean
}

/** A type that depends, or that is depended on: also those inside the schemas, and the array types of all these. */
export interface GraphType {
  oid: string
  name: string
  schema: string
  /** The name without its schema, not quoted. */
  bareName: string
  inside: boolean
  /** pg_type.typtype: d domain, c composite, r range, m multirange, b base … */
  kind: string
  /** Of an array the type of its elements, else 0. */
  element: string
  /** Of a domain the type below, of a range its subtype; else 0. */
  base: string
  /** The name of the type below, with its modifier. */
  baseName: string
  /** The relation of a composite or row type, else 0; and whether it is one of CREATE TYPE. */
  relation: string
  standalone: boolean
  owner: string
  mayActAsOwner: boolean
  ownerCreates: boolean
  /** A domain with checks, or that refuses NULL. */
  constrained: boolean
  /** A range with functions of its own, which take the range or its subtype. */
  ownFunctions: boolean
  extension: string | null
  code: GraphCode | null
}

/** Anything else: class and what it is on. */
export interface GraphObject {
  address: string
  /** The catalog it lies in, such as `pg_constraint`. */
  class: string
  /** Kind and name for messages, such as `index public.t_email`. */
  label: string
  /** The name that commands use: qualified where it lies in a schema, and quoted. */
  name: string
  /** The table or view that it is on, or 0; of a rule `_RETURN` the view. */
  relation: string
  /** Of a default, a generated column or a constraint against NULL its column; else 0. */
  column: number
  /** A `_RETURN` rule; a routine with a body of the SQL standard; a domain's constraint … */
  detail: string
  /** The role that owns it, or the relation that it is on; null where that is not looked up. */
  owner: string | null
  mayActAsOwner: boolean
  ownerCreates: boolean
  extension: string | null
  /** Of a foreign key that is not enforced now the table on which its triggers are disabled. */
  disabledOn: string | null
  /** Of a routine the types in its signature. */
  signature: string[]
  /** Code that PostgreSQL runs as it reads the definition: checks of a domain, for constants of an array or row of it. */
  code: GraphCode | null
}

/** `object` depends on `on`. */
export interface GraphEdge {
  object: string
  on: string
  type: string
  /** What `on` is, if it lies inside the schemas; else null. */
  inside: string | null
}

const MAY_ACT = (role: string) => `pg_has_role(session_user, ${role},
    CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END)`
const TEXT_ADDRESS = (classid: string, objid: string, subid: string) =>
  `concat_ws('/', ${classid}::oid, ${objid}, ${subid})`
const EXTENSION = (classid: string, objid: string) => `(
    SELECT e.extname::text FROM pg_catalog.pg_depend x JOIN pg_catalog.pg_extension e ON e.oid = x.refobjid
    WHERE x.classid = '${classid}'::regclass AND x.objid = ${objid} AND x.deptype = 'e' LIMIT 1)`

/**
 * Whether a default, a row of pg_attrdef, is a constant, perhaps put together of constants and cast: all function calls in it
 * are casts (nodes/primnodes.h: CoercionForm 1 and 2).
 */
const CONSTANT = `(f.adbin::text !~
    '[{](OPEXPR|SUBLINK|SQLVALUEFUNCTION|NEXTVALUEEXPR|COERCEVIAIO|ARRAYCOERCEEXPR|AGGREF|SUBSCRIPTINGREF|FIELDSELECT|XMLEXPR)'
    AND f.adbin::text !~ ':funcformat [03]')`

/** One row, one column: the graph as JSON. */
export const graphQuery = (
  names: readonly string[],
  moved: readonly string[],
) => `${reached(names, moved)}, node AS MATERIALIZED (
  SELECT DISTINCT r.classid, r.objid, r.objsubid FROM reached r
), edge AS MATERIALIZED (
  SELECT d.classid, d.objid, d.objsubid, d.refclassid, d.refobjid, d.refobjsubid, d.deptype,
    m.objid IS NOT NULL AS inside
  FROM (SELECT DISTINCT n.classid, n.objid FROM node n) n
  JOIN pg_catalog.pg_depend d ON d.classid = n.classid AND d.objid = n.objid AND d.deptype NOT IN ('e', 'x')
  LEFT JOIN member m ON m.classid = d.refclassid AND m.objid = d.refobjid
  WHERE (m.objid IS NOT NULL OR EXISTS (SELECT FROM node o WHERE o.classid = d.refclassid AND o.objid = d.refobjid))
    ${notMovedFrom(moved, { on: 'd.refclassid', classid: 'd.classid', objid: 'd.objid' })}
), attribute AS MATERIALIZED (
  SELECT a.*
  FROM (
    SELECT n.objid, n.objsubid FROM node n WHERE n.classid = 'pg_catalog.pg_class'::regclass AND n.objsubid > 0
    UNION
    SELECT f.adrelid, f.adnum FROM node n JOIN pg_catalog.pg_attrdef f ON f.oid = n.objid
    WHERE n.classid = 'pg_catalog.pg_attrdef'::regclass
  ) n
  JOIN pg_catalog.pg_attribute a ON a.attrelid = n.objid AND a.attnum = n.objsubid AND NOT a.attisdropped
), statistic AS (
  SELECT s.oid, s.stxrelid, s.stxnamespace, s.stxname, s.stxowner FROM pg_catalog.pg_statistic_ext s
), related AS MATERIALIZED (
  -- Every relation that something is on.
  SELECT n.objid AS oid FROM node n WHERE n.classid = 'pg_catalog.pg_class'::regclass
  UNION SELECT a.attrelid FROM attribute a
  UNION SELECT t.typrelid FROM node n JOIN pg_catalog.pg_type t ON t.oid = n.objid
    WHERE n.classid = 'pg_catalog.pg_type'::regclass AND t.typrelid <> 0
  UNION SELECT k.conrelid FROM node n JOIN pg_catalog.pg_constraint k ON k.oid = n.objid
    WHERE n.classid = 'pg_catalog.pg_constraint'::regclass
  UNION SELECT k.confrelid FROM node n JOIN pg_catalog.pg_constraint k ON k.oid = n.objid
    WHERE n.classid = 'pg_catalog.pg_constraint'::regclass
  UNION SELECT x.indrelid FROM node n JOIN pg_catalog.pg_index x ON x.indexrelid = n.objid
    WHERE n.classid = 'pg_catalog.pg_class'::regclass
  UNION SELECT g.tgrelid FROM node n JOIN pg_catalog.pg_trigger g ON g.oid = n.objid
    WHERE n.classid = 'pg_catalog.pg_trigger'::regclass
  UNION SELECT p.polrelid FROM node n JOIN pg_catalog.pg_policy p ON p.oid = n.objid
    WHERE n.classid = 'pg_catalog.pg_policy'::regclass
  UNION SELECT w.ev_class FROM node n JOIN pg_catalog.pg_rewrite w ON w.oid = n.objid
    WHERE n.classid = 'pg_catalog.pg_rewrite'::regclass
  UNION SELECT s.stxrelid FROM node n JOIN statistic s ON s.oid = n.objid
    WHERE n.classid = 'pg_catalog.pg_statistic_ext'::regclass
  UNION SELECT p.prrelid FROM node n JOIN pg_catalog.pg_publication_rel p ON p.oid = n.objid
    WHERE n.classid = 'pg_catalog.pg_publication_rel'::regclass
), relation AS MATERIALIZED (
  SELECT c.oid, format('%I.%I', s.nspname, c.relname) AS name, s.nspname, c.relname, c.relkind, c.relowner, c.reltype,
    c.reloftype, c.relispartition, c.relpersistence, c.relforcerowsecurity, c.relnamespace, o.rolname
  FROM related x
  JOIN pg_catalog.pg_class c ON c.oid = x.oid
  JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
  JOIN pg_catalog.pg_roles o ON o.oid = c.relowner
), known_type AS MATERIALIZED (
  SELECT n.objid AS oid, false AS inside FROM node n WHERE n.classid = 'pg_catalog.pg_type'::regclass
  UNION SELECT m.objid, true FROM member m WHERE m.classid = 'pg_catalog.pg_type'::regclass
), object AS (
  SELECT n.classid, n.objid, NULL::oid AS relid, 0 AS attnum, 'class ' || c.relkind::text AS detail, c.relowner AS owner,
    c.relnamespace AS namespace, format('%I.%I', s.nspname, c.relname) AS name
  FROM node n JOIN pg_catalog.pg_class c ON c.oid = n.objid AND c.relkind IN ('v', 'm', 'S')
  JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
  WHERE n.classid = 'pg_catalog.pg_class'::regclass AND n.objsubid = 0
  UNION ALL
  SELECT n.classid, n.objid, x.indrelid, 0,
    -- An index that a constraint or a partitioned index carries along is no object of its own.
    CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x'))
      THEN 'index of constraint' WHEN c.relispartition THEN 'index of parent' ELSE 'index' END,
    c.relowner, c.relnamespace, format('%I.%I', s.nspname, c.relname)
  FROM node n JOIN pg_catalog.pg_class c ON c.oid = n.objid
  JOIN pg_catalog.pg_index x ON x.indexrelid = c.oid
  JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace AND s.nspname <> 'pg_toast'
  WHERE n.classid = 'pg_catalog.pg_class'::regclass AND n.objsubid = 0
  UNION ALL
  SELECT n.classid, n.objid, f.adrelid, f.adnum, CASE WHEN a.attgenerated <> '' THEN 'generated' WHEN ${CONSTANT} THEN 'constant default' ELSE 'default' END,
    NULL, NULL, quote_ident(a.attname)
  FROM node n JOIN pg_catalog.pg_attrdef f ON f.oid = n.objid
  JOIN pg_catalog.pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
  WHERE n.classid = 'pg_catalog.pg_attrdef'::regclass
  UNION ALL
  SELECT n.classid, n.objid, nullif(k.conrelid, 0), CASE WHEN k.contype = 'n' THEN k.conkey[1] ELSE 0 END,
    CASE WHEN k.contype = 'n' AND k.contypid = 0 THEN 'not null' WHEN k.contype = 't' THEN 'internal'
      WHEN k.conparentid <> 0 AND k.contype IN ('p', 'u') THEN 'constraint of parent'
      -- One that a table declares itself stays when that of its parent goes.
      WHEN k.contype = 'c' AND k.coninhcount > 0 AND k.conislocal THEN 'constraint c'
      WHEN k.conparentid <> 0 OR k.coninhcount > 0 THEN CASE k.contype WHEN 'c' THEN 'inherited check' ELSE 'inherited' END
      WHEN k.contypid <> 0 THEN 'domain ' || k.contypid::text WHEN k.contype = 'f' THEN 'reference ' || k.confrelid::text
      ELSE 'constraint ' || k.contype::text END,
    NULL, NULL, quote_ident(k.conname)
  FROM node n JOIN pg_catalog.pg_constraint k ON k.oid = n.objid
  WHERE n.classid = 'pg_catalog.pg_constraint'::regclass
  UNION ALL
  SELECT n.classid, n.objid, g.tgrelid, 0, CASE WHEN g.tgisinternal THEN 'internal' WHEN g.tgparentid <> 0 THEN 'inherited' ELSE 'trigger' END, NULL, NULL,
    quote_ident(g.tgname)
  FROM node n JOIN pg_catalog.pg_trigger g ON g.oid = n.objid
  WHERE n.classid = 'pg_catalog.pg_trigger'::regclass
  UNION ALL
  SELECT n.classid, n.objid, p.polrelid, 0, 'policy', NULL, NULL, quote_ident(p.polname)
  FROM node n JOIN pg_catalog.pg_policy p ON p.oid = n.objid
  WHERE n.classid = 'pg_catalog.pg_policy'::regclass
  UNION ALL
  SELECT n.classid, n.objid, w.ev_class, 0, CASE WHEN w.rulename = '_RETURN' THEN '_RETURN' ELSE 'rule' END, NULL,
    NULL, quote_ident(w.rulename)
  FROM node n JOIN pg_catalog.pg_rewrite w ON w.oid = n.objid
  WHERE n.classid = 'pg_catalog.pg_rewrite'::regclass
  UNION ALL
  SELECT n.classid, n.objid, NULL, 0, 'routine ' || p.prokind::text, p.proowner, p.pronamespace,
    format('%I.%I(%s)', s.nspname, p.proname, pg_get_function_identity_arguments(p.oid))
  FROM node n JOIN pg_catalog.pg_proc p ON p.oid = n.objid
  JOIN pg_catalog.pg_namespace s ON s.oid = p.pronamespace
  WHERE n.classid = 'pg_catalog.pg_proc'::regclass
    -- The constructors of a range go with it.
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend i WHERE i.classid = n.classid AND i.objid = n.objid AND i.deptype = 'i')
  UNION ALL
  SELECT n.classid, n.objid, s.stxrelid, 0, 'statistics', s.stxowner, s.stxnamespace,
    format('%I.%I', h.nspname, s.stxname)
  FROM node n JOIN statistic s ON s.oid = n.objid JOIN pg_catalog.pg_namespace h ON h.oid = s.stxnamespace
  WHERE n.classid = 'pg_catalog.pg_statistic_ext'::regclass
  UNION ALL
  SELECT n.classid, n.objid, p.prrelid, 0, 'publication', b.pubowner, NULL, quote_ident(b.pubname)
  FROM node n JOIN pg_catalog.pg_publication_rel p ON p.oid = n.objid
  JOIN pg_catalog.pg_publication b ON b.oid = p.prpubid
  WHERE n.classid = 'pg_catalog.pg_publication_rel'::regclass
  UNION ALL
  SELECT n.classid, n.objid, NULL, 0, 'other', NULL, NULL, o.identity
  FROM node n CROSS JOIN LATERAL pg_identify_object(n.classid, n.objid, 0) o
  WHERE n.classid NOT IN ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_attrdef'::regclass,
    'pg_catalog.pg_constraint'::regclass, 'pg_catalog.pg_trigger'::regclass, 'pg_catalog.pg_policy'::regclass,
    'pg_catalog.pg_rewrite'::regclass, 'pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_statistic_ext'::regclass,
    'pg_catalog.pg_publication_rel'::regclass, 'pg_catalog.pg_type'::regclass)
), ${CODE}, called AS MATERIALIZED (
  SELECT e.relation, coalesce(json_agg(DISTINCT d.refobjid::text)
      FILTER (WHERE d.refclassid = 'pg_catalog.pg_proc'::regclass), '[]') AS routines,
    coalesce(json_agg(DISTINCT d.refobjid::text)
      FILTER (WHERE d.refclassid = 'pg_catalog.pg_operator'::regclass), '[]') AS operators
  FROM pg_catalog.pg_depend d
  CROSS JOIN LATERAL (
    SELECT k.conrelid AS relation FROM pg_catalog.pg_constraint k
    WHERE d.classid = 'pg_catalog.pg_constraint'::regclass AND k.oid = d.objid AND k.conrelid <> 0
    UNION ALL
    SELECT f.adrelid FROM pg_catalog.pg_attrdef f WHERE d.classid = 'pg_catalog.pg_attrdef'::regclass AND f.oid = d.objid
    UNION ALL
    SELECT x.indrelid FROM pg_catalog.pg_index x WHERE d.classid = 'pg_catalog.pg_class'::regclass AND x.indexrelid = d.objid
    UNION ALL
    SELECT w.ev_class FROM pg_catalog.pg_rewrite w WHERE d.classid = 'pg_catalog.pg_rewrite'::regclass AND w.oid = d.objid
  ) e
  WHERE d.refclassid IN ('pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_operator'::regclass) AND d.refobjid >= 16384
    -- What is another role's already is refused before, where it runs at all.
    AND d.refobjid NOT IN (SELECT f.oid FROM foreign_routine f UNION ALL SELECT f.oid FROM foreign_operator f)
    AND e.relation IN (SELECT r.oid FROM relation r JOIN pg_catalog.pg_roles o ON o.oid = r.relowner AND o.rolsuper)
  GROUP BY e.relation
), owner AS MATERIALIZED (
  SELECT o.oid, o.rolname, o.rolsuper
  FROM pg_catalog.pg_roles o
  WHERE o.oid IN (SELECT r.relowner FROM relation r
    UNION SELECT t.typowner FROM known_type k JOIN pg_catalog.pg_type t ON t.oid = k.oid
    UNION SELECT x.owner FROM object x)
)
SELECT json_build_object(
  'serverVersion', current_setting('server_version_num')::integer,
  'role', current_user, 'database', current_database(),
  'superuser', (SELECT u.rolsuper FROM pg_catalog.pg_roles u WHERE u.rolname = current_user),
  'relations', coalesce((
    SELECT json_agg(json_build_object('oid', r.oid::text, 'name', r.name, 'schema', r.nspname, 'kind', r.relkind,
      'owner', r.rolname, 'mayActAsOwner', ${MAY_ACT('r.relowner')},
      'ownerUsesSchema', has_schema_privilege(r.relowner, r.relnamespace, 'USAGE'),
      'ownerCreates', has_schema_privilege(r.relowner, r.relnamespace, 'CREATE'),
      'temporary', r.relpersistence = 't',
      'foreignTemporary', r.relpersistence = 't' AND r.relnamespace <> pg_my_temp_schema(),
      'partition', r.relispartition, 'ofType', r.reloftype::text,
      'parents', (SELECT coalesce(json_agg(h.inhparent::text ORDER BY h.inhseqno), '[]')
        FROM pg_catalog.pg_inherits h WHERE h.inhrelid = r.oid),
      'rowType', r.reltype::text,
      'arrayOfRowType', coalesce((SELECT t.typarray FROM pg_catalog.pg_type t WHERE t.oid = r.reltype), 0)::text,
      'extension', ${EXTENSION('pg_catalog.pg_class', 'r.oid')}, 'forcedSecurity', r.relforcerowsecurity,
      'code', k.code, 'routines', coalesce(l.routines, '[]'), 'operators', coalesce(l.operators, '[]'),
      'keyCode', r.relkind = 'p' AND EXISTS (
        SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = r.oid AND d.objsubid = 0 AND d.refobjid >= 16384
          AND d.refclassid IN ('pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_operator'::regclass))))
    FROM relation r
    LEFT JOIN code k ON k.classid = 'pg_catalog.pg_class'::regclass AND k.objid = r.oid
    LEFT JOIN called l ON l.relation = r.oid), '[]'),
  'columns', coalesce((
    SELECT json_agg(json_build_object('address', ${TEXT_ADDRESS("'pg_catalog.pg_class'::regclass", 'a.attrelid', 'a.attnum')},
      'relation', a.attrelid::text, 'number', a.attnum, 'name', a.attname, 'type', a.atttypid::text,
      'typeName', format_type(a.atttypid, a.atttypmod),
      'collation', CASE WHEN a.attcollation <> t.typcollation THEN (
        SELECT format('%I.%I', s.nspname, l.collname) FROM pg_catalog.pg_collation l
        JOIN pg_catalog.pg_namespace s ON s.oid = l.collnamespace WHERE l.oid = a.attcollation) END,
      'inherited', a.attinhcount, 'local', a.attislocal, 'generated', a.attgenerated, 'notNull', a.attnotnull,
      'partitionKey', EXISTS (SELECT FROM pg_catalog.pg_partitioned_table p WHERE p.partrelid = a.attrelid
        AND (a.attnum = ANY (p.partattrs::int2[]) OR EXISTS (
          -- A column in an expression of the key is recorded as a part of the table.
          SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = a.attrelid
            AND d.objsubid = a.attnum AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = a.attrelid
            AND d.refobjsubid = 0 AND d.deptype = 'i'))),
      'foreign', r.relkind = 'f'))
    FROM attribute a
    JOIN pg_catalog.pg_class r ON r.oid = a.attrelid
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid), '[]'),
  'types', coalesce((
    SELECT json_agg(json_build_object('oid', t.oid::text, 'name', format('%I.%I', s.nspname, t.typname),
      'schema', s.nspname, 'bareName', t.typname, 'inside', k.inside, 'kind', t.typtype,
      'element', CASE WHEN t.typcategory = 'A' AND e.typarray = t.oid THEN t.typelem ELSE 0 END::text,
      'base', coalesce(nullif(t.typbasetype, 0), g.rngsubtype, 0)::text,
      'baseName', format_type(coalesce(nullif(t.typbasetype, 0), g.rngsubtype),
        CASE WHEN t.typtype = 'd' THEN t.typtypmod END),
      'relation', t.typrelid::text, 'standalone', coalesce(c.relkind = 'c', false),
      'owner', o.rolname, 'mayActAsOwner', ${MAY_ACT('t.typowner')},
      'ownerCreates', has_schema_privilege(t.typowner, t.typnamespace, 'CREATE'),
      'constrained', t.typnotnull OR EXISTS (
        SELECT FROM pg_catalog.pg_constraint q WHERE q.contypid = t.oid AND q.contype = 'c'),
      'ownFunctions', coalesce(g.rngcanonical::oid <> 0 OR g.rngsubdiff::oid >= 16384, false),
      'extension', ${EXTENSION('pg_catalog.pg_type', 't.oid')}, 'code', q.code))
    FROM known_type k
    JOIN pg_catalog.pg_type t ON t.oid = k.oid
    JOIN pg_catalog.pg_namespace s ON s.oid = t.typnamespace
    JOIN pg_catalog.pg_roles o ON o.oid = t.typowner
    LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem
    LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
    LEFT JOIN pg_catalog.pg_range g ON g.rngtypid = t.oid
    LEFT JOIN code q ON q.classid = 'pg_catalog.pg_type'::regclass AND q.objid = t.oid), '[]'),
  'objects', coalesce((
    SELECT json_agg(json_build_object('address', ${TEXT_ADDRESS('x.classid', 'x.objid', '0')},
      'class', x.classid::regclass::text, 'label', (
        SELECT i.type || ' ' || i.identity FROM pg_identify_object(x.classid, x.objid, 0) i),
      'name', x.name, 'relation', coalesce(x.relid, 0)::text, 'column', x.attnum, 'detail', x.detail,
      'owner', o.rolname, 'mayActAsOwner', coalesce(${MAY_ACT('o.oid')}, true),
      'ownerCreates', coalesce(has_schema_privilege(o.oid, coalesce(x.namespace, c.relnamespace), 'CREATE'), true),
      'extension', (SELECT e.extname FROM pg_catalog.pg_depend m JOIN pg_catalog.pg_extension e ON e.oid = m.refobjid
        WHERE m.classid = x.classid AND m.objid = x.objid AND m.deptype = 'e' LIMIT 1),
      'disabledOn', CASE WHEN x.classid = 'pg_catalog.pg_constraint'::regclass THEN (
        SELECT min(format('%I.%I', s.nspname, o.relname)) FROM pg_catalog.pg_trigger d
        JOIN pg_catalog.pg_class o ON o.oid = d.tgrelid JOIN pg_catalog.pg_namespace s ON s.oid = o.relnamespace
        WHERE d.tgconstraint = x.objid AND d.tgisinternal AND d.tgenabled <> 'O') END,
      'signature', CASE WHEN x.classid = 'pg_catalog.pg_proc'::regclass THEN (
        SELECT to_json(array(SELECT u::text FROM unnest(p.proargtypes::oid[] || coalesce(p.proallargtypes, '{}') || p.prorettype) u))
        FROM pg_catalog.pg_proc p WHERE p.oid = x.objid) ELSE '[]'::json END,
      'code', l.code))
    FROM object x
    LEFT JOIN pg_catalog.pg_class c ON c.oid = x.relid
    LEFT JOIN pg_catalog.pg_roles o ON o.oid = coalesce(x.owner, c.relowner)
    LEFT JOIN read_code l ON l.classid = x.classid AND l.objid = x.objid), '[]'),
  'edges', coalesce((
    SELECT json_agg(json_build_object('object', ${TEXT_ADDRESS('e.classid', 'e.objid', 'e.objsubid')},
      'on', ${TEXT_ADDRESS('e.refclassid', 'e.refobjid', 'e.refobjsubid')}, 'type', e.deptype,
      'inside', CASE WHEN e.inside THEN coalesce(pg_describe_object(e.refclassid, e.refobjid, e.refobjsubid), '') END))
    FROM edge e), '[]'),
  'superusers', coalesce((SELECT json_agg(o.rolname) FROM owner o WHERE o.rolsuper), '[]'),
  'withoutTemporary', coalesce((
    SELECT json_agg(o.rolname) FROM owner o
    WHERE NOT has_database_privilege(o.oid, current_database(), 'TEMPORARY')), '[]'),
  'unusable', coalesce((
    SELECT json_agg(json_build_object('role', o.rolname, 'schema', s.nspname))
    FROM owner o
    CROSS JOIN pg_catalog.pg_namespace s
    WHERE s.oid IN (SELECT r.relnamespace FROM relation r
        UNION SELECT t.typnamespace FROM known_type k JOIN pg_catalog.pg_type t ON t.oid = k.oid)
      AND NOT has_schema_privilege(o.oid, s.oid, 'USAGE')), '[]')
) AS graph`

/**
 * Reads the graph in one round trip; waits for no lock. Errors: `catalogChanged`; those of `toOperatorError`.
 *
 * @param moved addresses of objects inside that count as outside
 */
export async function readGraph(
  session: Session,
  names: readonly string[],
  moved: readonly string[] = [],
): Promise<Graph> {
  const query = graphQuery(names, moved)
  const { graph } = await readCatalog<{ graph: Graph }>(session, SAFE_SETTINGS, query, isWhole)
  return graph
}

/** Nothing in it has vanished while it was read: then the server gives no name. */
function isWhole({ graph: { objects, edges } }: { graph: Graph }): boolean {
  return (
    objects.every(({ label, name }) => label !== null && name !== null) &&
    edges.every(({ inside }) => inside !== '')
  )
}

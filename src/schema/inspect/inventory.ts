import { quoteLiteral } from '../../postgres/quote.ts'
import { KEPT_TYPES } from '../sources/kept-types.ts'
import type { MathesarSchema } from '../types.ts'
import { MANIFEST, ROUTINE, routineIdentity, SCHEMA_NAMES } from './catalog.ts'
import { RECORD_PREFIX } from './record.ts'
import { FEATURES, MODERN_TABLES, REMOVER } from './releases.ts'

/** Helpers that every version of the bundled SQL has in `mathesar_types`. */
export const HELPERS = [
  'email_domain_name',
  'email_local_part',
  'uri_parts',
  'uri_scheme',
  'uri_authority',
  'uri_path',
  'uri_query',
  'uri_fragment',
  'get_numeric_array',
  'get_mathesar_money_array',
] as const

/** One of the schemas as far as it tells who installed it. */
export interface InventorySchema {
  name: MathesarSchema
  comment: string | null
  /** Anything at all is in it. */
  isFilled: boolean
  /** Routines, without those of extensions and without casts from hstore. */
  routines: number
}

/** What is in the Mathesar schemas, as far as it tells who put it there and whether it works. */
export interface Inventory {
  /** Those that exist, in the order of `MATHESAR_SCHEMAS`. */
  schemas: InventorySchema[]
  /** Which of `MODERN_TABLES` are in `msar`. */
  tables: string[]
  /** Which of `KEPT_TYPES` are in `mathesar_types`. */
  types: string[]
  /** Which of `FEATURES` and `REMOVER` there are. */
  markers: string[]
  /** The casts from hstore that 0.1.x makes where that extension is installed, as `regprocedure` prints them. */
  hstoreCasts: string[]
  /** How many routines other than casts there are, and how many of them the manifest knows as they are. */
  sampled: number
  matching: number
  /** How many routines of `msar` the manifest names. */
  expectedInMsar: number
  /** The texts of `HELPERS` and of the routines of `__msar`, where a schema bears a record that no manifest proves. */
  bodies: string[]
}

const list = (texts: readonly string[]) => texts.map(quoteLiteral).join(', ')

/** A condition about `p`, a row of pg_proc: it belongs to no extension. */
const NO_MEMBER = `NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend e
    WHERE e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND e.objid = p.oid AND e.deptype = 'e')`

/**
 * A query: of the routines other than casts how many there are (`sampled`), and how many of them are as the manifest says
 * (`matching`). The manifest is searched as text: reading it as JSON would fail where it is not JSON.
 */
export const FINGERPRINTS = `SELECT count(*) AS sampled,
    count(*) FILTER (WHERE pg_catalog.strpos(m.manifest, r.entry) > 0) AS matching
  FROM (
    SELECT pg_catalog.format('"%s": "%s"', ${routineIdentity('p')}, pg_catalog.left(pg_catalog.md5(${ROUTINE}), 16)) AS entry
    FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    JOIN pg_catalog.pg_language l ON l.oid = p.prolang
    LEFT JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = p.oid
    WHERE n.nspname IN (${SCHEMA_NAMES})
      AND (n.nspname <> 'mathesar_types' OR NOT pg_catalog.starts_with(p.proname, 'cast_to_'))
      AND ${NO_MEMBER}
  ) r
  CROSS JOIN (${MANIFEST}) m
  WHERE m.manifest IS NOT NULL`

/** A query: the tables of `MODERN_TABLES` that are in `msar`. */
export const MODERN_TABLES_QUERY = `SELECT c.relname
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = 'msar' AND c.relkind = 'r' AND c.relname IN (${list(MODERN_TABLES)})`

/** An expression: the `Inventory` as JSON. It needs no other part of the query, and runs no code of anybody's. */
export const INVENTORY = `(WITH home AS MATERIALIZED (
  SELECT n.oid, n.nspname, pg_catalog.obj_description(n.oid, 'pg_namespace') AS comment
  FROM pg_catalog.pg_namespace n
  WHERE n.nspname IN (${SCHEMA_NAMES})
), routine AS MATERIALIZED (
  SELECT p.oid, h.nspname, p.proname, p.prosrc,
    h.nspname = 'mathesar_types' AND pg_catalog.starts_with(p.proname, 'cast_to_') AND EXISTS (
      SELECT FROM pg_catalog.pg_type t
      JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = t.oid
        AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e'
      WHERE t.oid = p.proargtypes[0] AND t.typname = 'hstore'
    ) AS hstore
  FROM pg_catalog.pg_proc p
  JOIN home h ON h.oid = p.pronamespace
  WHERE ${NO_MEMBER}
), fingerprint AS MATERIALIZED (
  ${FINGERPRINTS}
)
SELECT pg_catalog.json_build_object(
  'schemas', coalesce((
    SELECT pg_catalog.json_agg(pg_catalog.json_build_object('name', h.nspname, 'comment', h.comment,
      'isFilled', EXISTS (
        SELECT FROM pg_catalog.pg_depend d
        WHERE d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.refobjid = h.oid AND d.deptype = 'n'),
      'routines', (SELECT count(*) FROM routine r WHERE r.nspname = h.nspname AND NOT r.hstore))
      ORDER BY pg_catalog.array_position(ARRAY[${SCHEMA_NAMES}], h.nspname::pg_catalog.text))
    FROM home h), '[]'),
  'tables', coalesce((SELECT pg_catalog.json_agg(t.relname ORDER BY t.relname) FROM (${MODERN_TABLES_QUERY}) t), '[]'),
  'types', coalesce((
    SELECT pg_catalog.json_agg(t.typname ORDER BY t.typname)
    FROM pg_catalog.pg_type t JOIN home h ON h.oid = t.typnamespace
    WHERE h.nspname = 'mathesar_types' AND t.typname IN (${list(KEPT_TYPES)})), '[]'),
  'markers', coalesce((
    SELECT pg_catalog.json_agg(x.identity)
    FROM (
      SELECT r.oid::pg_catalog.regprocedure::pg_catalog.text AS identity
      FROM routine r
      WHERE r.nspname = 'msar'
        AND r.proname IN (${list([...FEATURES, REMOVER].map((identity) => identity.replace(/^msar\.(\w+)\(.*$/, '$1')))})
    ) x
    WHERE x.identity IN (${list([...FEATURES, REMOVER])})), '[]'),
  'hstoreCasts', coalesce((
    SELECT pg_catalog.json_agg(r.oid::pg_catalog.regprocedure::pg_catalog.text
      ORDER BY r.oid::pg_catalog.regprocedure::pg_catalog.text)
    FROM routine r WHERE r.hstore), '[]'),
  'sampled', (SELECT f.sampled FROM fingerprint f),
  'matching', (SELECT f.matching FROM fingerprint f),
  'expectedInMsar', (
    SELECT count(*)
    FROM (${MANIFEST}) m, pg_catalog.regexp_matches(m.manifest, '"(?:function|aggregate) msar[.]', 'g')),
  'bodies', coalesce((
    SELECT pg_catalog.json_agg(r.prosrc)
    FROM routine r
    WHERE (r.nspname = '__msar' OR r.nspname = 'mathesar_types' AND r.proname IN (${list(HELPERS)}))
      AND EXISTS (SELECT FROM home h WHERE pg_catalog.starts_with(h.comment, ${quoteLiteral(RECORD_PREFIX)}))
      AND NOT EXISTS (SELECT FROM fingerprint f WHERE f.matching > 0 AND f.matching * 2 >= f.sampled)), '[]')
))`

/** A type as the casts know it. */
export interface SqlType {
  /** As PostgreSQL's format_type prints it; the functions are named after it. */
  name: string
  /** As it is written in the SQL: safe with any search_path, and without an implied length. */
  sql: string
  /** What comments call it. */
  label: string
}

/** A word of the grammar, such as `double precision`: no search_path changes what it means. */
const keyword = (name: string): SqlType => ({ name, sql: name, label: name })
/** A type of PostgreSQL's that has to be qualified. */
const core = (name: string, sql = `pg_catalog.${name}`): SqlType => ({ name, sql, label: name })
/** A type of our own. */
const own = (name: string): SqlType => ({
  name: `mathesar_types.${name}`,
  sql: `mathesar_types.${name}`,
  label: name,
})

export const BOOLEAN = keyword('boolean')
export const SMALLINT = keyword('smallint')
export const INTEGER = keyword('integer')
export const BIGINT = keyword('bigint')
export const REAL = keyword('real')
export const DOUBLE_PRECISION = keyword('double precision')
export const NUMERIC = keyword('numeric')
export const MONEY = core('money')
export const MATHESAR_MONEY = own('mathesar_money')
export const MULTICURRENCY_MONEY = own('multicurrency_money')

// The keyword `character` alone means character(1) in a cast.
export const CHARACTER = core('character', 'pg_catalog.bpchar')
export const CHARACTER_VARYING = keyword('character varying')
export const TEXT = core('text')
export const BYTE = core('"char"')
export const NAME = core('name')
export const EMAIL = own('email')
export const URI = own('uri')

export const DATE = core('date')
export const TIMESTAMP = keyword('timestamp without time zone')
export const TIMESTAMPTZ = keyword('timestamp with time zone')
export const TIME = keyword('time without time zone')
export const TIMETZ = keyword('time with time zone')
export const INTERVAL = keyword('interval')

export const JSON_TYPE = core('json')
export const JSONB = core('jsonb')
export const JSON_ARRAY = own('mathesar_json_array')
export const JSON_OBJECT = own('mathesar_json_object')

const OTHERS = [
  core('bit'),
  core('bytea'),
  core('cidr'),
  core('daterange'),
  core('inet'),
  core('int4range'),
  core('int8range'),
  core('macaddr'),
  core('numrange'),
  core('oid'),
  core('regclass'),
  core('tsrange'),
  core('tstzrange'),
  core('tsvector'),
  core('uuid'),
]

/** What people type: the types whose values are read by the rules for text. */
export const STRINGS = [TEXT, CHARACTER_VARYING, CHARACTER]
export const INTEGERS = [SMALLINT, INTEGER, BIGINT]
export const FLOATS = [REAL, DOUBLE_PRECISION]
export const NUMBERS = [...INTEGERS, ...FLOATS, NUMERIC]
export const JSONS = [JSON_TYPE, JSONB, JSON_ARRAY, JSON_OBJECT]

/** The 41 types of which a column may be turned into text. */
export const ALL = [
  ...STRINGS,
  BYTE,
  EMAIL,
  URI,
  BOOLEAN,
  ...NUMBERS,
  MONEY,
  MATHESAR_MONEY,
  MULTICURRENCY_MONEY,
  DATE,
  TIMESTAMP,
  TIMESTAMPTZ,
  TIME,
  TIMETZ,
  INTERVAL,
  ...JSONS,
  ...OTHERS,
]

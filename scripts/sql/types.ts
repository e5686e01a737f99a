/** A type that casts convert from or to. */
export interface SqlType {
  /** The name as PostgreSQL's format_type prints it; function names contain it. */
  name: string
  /** The name for SQL: independent of search_path, and without an implied length. */
  sql: string
  /** The name for comments. */
  label: string
}

/** Returns a type whose name is a keyword, such as `double precision`: search_path does not affect it. */
const keyword = (name: string): SqlType => ({ name, sql: name, label: name })
/** Returns a type of PostgreSQL whose name must be qualified. */
const builtIn = (name: string, sql = `pg_catalog.${name}`): SqlType => ({ name, sql, label: name })
/** Returns a type of the schema mathesar_types. */
const mathesarType = (name: string): SqlType => ({
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
export const MONEY = builtIn('money')
export const MATHESAR_MONEY = mathesarType('mathesar_money')
export const MULTICURRENCY_MONEY = mathesarType('multicurrency_money')

// The keyword `character` alone means character(1) in a cast.
export const CHARACTER = builtIn('character', 'pg_catalog.bpchar')
export const CHARACTER_VARYING = keyword('character varying')
export const TEXT = builtIn('text')
export const BYTE = builtIn('"char"')
export const NAME = builtIn('name')
export const EMAIL = mathesarType('email')
export const URI = mathesarType('uri')

export const DATE = builtIn('date')
export const TIMESTAMP = keyword('timestamp without time zone')
export const TIMESTAMPTZ = keyword('timestamp with time zone')
export const TIME = keyword('time without time zone')
export const TIMETZ = keyword('time with time zone')
export const INTERVAL = keyword('interval')

export const JSON_TYPE = builtIn('json')
export const JSONB = builtIn('jsonb')
export const JSON_ARRAY = mathesarType('mathesar_json_array')
export const JSON_OBJECT = mathesarType('mathesar_json_object')

const OTHER_TYPES = [
  builtIn('bit'),
  builtIn('bytea'),
  builtIn('cidr'),
  builtIn('daterange'),
  builtIn('inet'),
  builtIn('int4range'),
  builtIn('int8range'),
  builtIn('macaddr'),
  builtIn('numrange'),
  builtIn('oid'),
  builtIn('regclass'),
  builtIn('tsrange'),
  builtIn('tstzrange'),
  builtIn('tsvector'),
  builtIn('uuid'),
]

/** The types of text that people type; the casts parse their values. */
export const STRINGS = [TEXT, CHARACTER_VARYING, CHARACTER]
export const INTEGERS = [SMALLINT, INTEGER, BIGINT]
export const FLOATS = [REAL, DOUBLE_PRECISION]
export const NUMBERS = [...INTEGERS, ...FLOATS, NUMERIC]
export const JSONS = [JSON_TYPE, JSONB, JSON_ARRAY, JSON_OBJECT]

/** The 41 types that can be cast to text. */
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
  ...OTHER_TYPES,
]

/**
 * Random databases for the tests of conversions: statements, in the words of the Mathesar types (see
 * `mathesarScript`), that build tables, types and all that can hang on them. The same seed gives the same
 * statements. Some statements may not be valid; whoever runs them leaves those out.
 */
export interface RandomDatabase {
  statements: string[]
  /** Tables with generated columns, whose columns may stand in another order after a conversion. */
  reordered: string[]
}

export interface RandomOptions {
  seed: number
  /** Major version of the server. */
  major: number
  superuser: boolean
  /** Roles that may own objects and get privileges. */
  roles: readonly string[]
}

/** What a column holds: decides about values and expressions. */
type Sort = 'text' | 'number' | 'list' | 'map' | 'price' | 'array' | 'composite' | 'range' | 'integer'

interface Kind {
  sort: Sort
  type: string
  /** Literals; those of text are addresses, so that they fit every domain. */
  values: readonly string[]
  /** Of an array that of its elements, of a composite its attributes. */
  element?: Kind
  attributes?: readonly Column[]
}

interface Column {
  name: string
  kind: Kind
}

interface Relation {
  name: string
  kind: 'table' | 'view' | 'materialized view'
  columns: Column[]
  /** Unique columns that a foreign key may refer to. */
  keys: string[]
  parted: boolean
}

const TEXTS = ["'a@b'", "'Ada@Example.org'", "'c.d+e@f.gh'", "'z@z.z'"]
const URIS = ["'https://example.org/a?b#c'", "'urn:isbn:1'", "'mailto:a@b'"]
const NUMBERS = ['1', '2.50', '-3.000', '0', '1e10']

const BASES: readonly Kind[] = [
  { sort: 'text', type: 'mathesar_types.email', values: TEXTS },
  { sort: 'text', type: 'mathesar_types.email', values: TEXTS },
  { sort: 'text', type: 'mathesar_types.uri', values: URIS },
  { sort: 'number', type: 'mathesar_types.mathesar_money', values: NUMBERS },
  { sort: 'list', type: 'mathesar_types.mathesar_json_array', values: ["'[]'", `'[1, "a", null]'`] },
  { sort: 'map', type: 'mathesar_types.mathesar_json_object', values: ["'{}'", `'{"a": "b", "c": [1.0]}'`] },
  {
    sort: 'price',
    type: 'mathesar_types.multicurrency_money',
    values: ['$money(1.50, EUR)', '$money(NULL, USD)', '$money(-2, NULL)'],
  },
]
const PLAIN: readonly Kind[] = [
  { sort: 'text', type: 'text', values: TEXTS },
  { sort: 'number', type: 'numeric', values: NUMBERS },
  { sort: 'integer', type: 'integer', values: ['1', '2', '3'] },
  { sort: 'text', type: 'varchar(30)', values: TEXTS },
]

/** Constants of these are written otherwise after a conversion, though they are the same. */
const UNPRINTED: ReadonlySet<Sort> = new Set<Sort>(['price', 'composite'])

/** Small and fast, and the same everywhere (mulberry32). */
function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

export function randomDatabase({ seed, major, superuser, roles }: RandomOptions): RandomDatabase {
  const random = generator(seed)
  const below = (n: number) => Math.floor(random() * n)
  const chance = (p: number) => random() < p
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T
  const some = <T>(list: readonly T[], atLeast = 1): T[] => {
    const rest = [...list]
    const count = Math.min(rest.length, atLeast + below(rest.length))
    return Array.from({ length: count }, () => rest.splice(below(rest.length), 1)[0] as T)
  }
  const maybe = (p: number, text: string) => (chance(p) ? text : '')
  const statements: string[] = []
  const reordered: string[] = []
  const relations: Relation[] = []
  const kinds: Kind[] = []
  const composites: { name: string; columns: Column[] }[] = []
  const say = (statement: string) => statements.push(statement)
  let count = 0
  const unique = (prefix: string) => `${prefix}${++count}`
  const newName = (prefix: string) => (chance(0.1) ? `"${prefix} %${++count} $a$"` : unique(prefix))
  const tables = () => relations.filter(({ kind }) => kind === 'table')
  const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`

  const anyKind = (): Kind => {
    const kind = chance(0.2) ? pick(PLAIN) : chance(0.35) && kinds.length > 0 ? pick(kinds) : pick(BASES)
    return chance(0.12) && kind.sort !== 'array' ? arrayOf(kind) : kind
  }
  const literal = (kind: Kind) => `(${pick(kind.values)})::${kind.type}`
  const arrayOf = (element: Kind): Kind => ({
    sort: 'array',
    type: `${element.type}[]`,
    element,
    values: [
      `ARRAY[]::${element.type}[]`,
      `ARRAY[${literal(element)}, NULL]`,
      `ARRAY[[${literal(element)}], [${literal(element)}]]`,
      `array_fill(${literal(element)}, ARRAY[2], ARRAY[0])`,
    ],
  })

  /** An expression over a column, with what it gives. Immutable, so that it may stand everywhere. */
  const expression = ({ name, kind }: Column): { sql: string; kind: Kind } => {
    const text = PLAIN[0] as Kind
    const number = PLAIN[1] as Kind
    const integer = PLAIN[2] as Kind
    switch (kind.sort) {
      case 'text':
        return pick([
          { sql: `lower(${name})`, kind: text },
          { sql: `(${name} || ' x')`, kind: text },
          { sql: `length(${name})`, kind: integer },
          { sql: `coalesce(${name}, ${pick(kind.values)})`, kind: text },
          { sql: `(${name})::text`, kind: text },
          { sql: `CASE WHEN ${name} = ${literal(kind)} THEN 'same' ELSE ${name} END`, kind: text },
          { sql: `nullif(${name}, ${literal(kind)})`, kind: text },
        ])
      case 'number':
      case 'integer':
        return pick([
          { sql: `(${name} * 2)`, kind: number },
          { sql: `round(${name}, 1)`, kind: number },
          { sql: `abs(${name})`, kind: number },
          { sql: `(${name} + ${literal(kind)})`, kind: number },
        ])
      case 'list':
        return pick([
          { sql: `jsonb_array_length(${name})`, kind: integer },
          { sql: `(${name} ->> 0)`, kind: text },
          { sql: `(${name} || '[2]')::text`, kind: text },
        ])
      case 'map':
        return { sql: `(${name} ->> 'a')`, kind: text }
      case 'array':
        // What is done with values of multicurrency_money can't be converted.
        if (kind.element?.sort === 'price') return { sql: `(${name} IS NULL)::integer`, kind: integer }
        return pick([
          { sql: `(${name})[1]`, kind: kind.element as Kind },
          { sql: `cardinality(${name})`, kind: integer },
        ])
      case 'composite': {
        const attribute = pick(kind.attributes ?? [])
        return { sql: `(${name}).${attribute.name}`, kind: attribute.kind }
      }
      case 'range':
        return { sql: `isempty(${name})::integer`, kind: integer }
      case 'price':
        return { sql: name, kind }
    }
  }
  const condition = (column: Column): string => {
    const { name, kind } = column
    switch (kind.sort) {
      case 'text':
        return pick([
          `${name} <> 'x@y'`,
          `${name} IS NOT NULL`,
          `lower(${name}) <> ${pick(TEXTS)}`,
          // PostgreSQL itself prints a list of varchar and reads it as something else.
          kind.type === 'varchar(30)' ? 'true' : `${name} IN (${pick(kind.values)}, ${pick(kind.values)})`,
          `${name} LIKE '%@%'`,
          `${name} = ${literal(kind)} OR ${name} > 'a'`,
        ])
      case 'number':
      case 'integer':
        return pick([`${name} > 0`, `${name} <> ${literal(kind)}`, `${name} BETWEEN -5 AND 1e12`])
      case 'list':
        return `jsonb_array_length(${name}) < 5`
      case 'map':
        return `${name} ? 'a' OR ${name} = '{}'`
      case 'array':
        return kind.element?.sort === 'price' ? `${name} IS NOT NULL` : `cardinality(${name}) < 5`
      case 'composite':
        return condition({
          name: `(${name}).${(kind.attributes ?? [])[0]?.name}`,
          kind: (kind.attributes ?? [])[0]?.kind as Kind,
        })
      case 'range':
        return `NOT isempty(${name})`
      case 'price':
        return 'true'
    }
  }
  /** True for every value there may be, so that constraints hold. */
  const truism = (column: Column): string =>
    `(${condition(column)}) IS NOT NULL OR ${column.name} IS NULL OR true`

  const comment = (object: string) => {
    if (chance(0.3)) say(`COMMENT ON ${object} IS ${quoted(`about ${object} mathesar_types.x`)}`)
  }
  const grant = (relation: Relation) => {
    const role = pick([...roles, 'PUBLIC'])
    const option = role !== 'PUBLIC' && chance(0.4) ? ' WITH GRANT OPTION' : ''
    const privilege = pick(['SELECT', 'INSERT', 'UPDATE', 'ALL'])
    if (chance(0.5)) say(`GRANT ${privilege} ON ${relation.name} TO ${role}${option}`)
    else say(`GRANT ${privilege} (${pick(relation.columns).name}) ON ${relation.name} TO ${role}${option}`)
    if (option !== '' && privilege === 'SELECT')
      say(`SET LOCAL ROLE ${role}; GRANT SELECT ON ${relation.name} TO ${pick(roles)}`)
  }

  const makers: Record<string, () => void> = {
    domain() {
      const base =
        chance(0.3) && kinds.length > 0 ? pick(kinds) : chance(0.2) ? arrayOf(pick(BASES)) : pick(BASES)
      if (base.sort === 'composite') return
      const name = newName('domain')
      const value = { name: 'VALUE', kind: base }
      const check =
        base.sort === 'price' ? '' : maybe(0.6, ` CONSTRAINT ${newName('check')} CHECK (${truism(value)})`)
      say(
        `CREATE DOMAIN ${name} AS ${base.type}${base.sort === 'text' ? maybe(0.2, ' COLLATE "C"') : ''}${
          base.sort === 'price' || base.sort === 'array' ? '' : maybe(0.3, ` DEFAULT ${pick(base.values)}`)
        }${check}`,
      )
      kinds.push({ ...base, type: name })
      comment(`DOMAIN ${name}`)
      if (chance(0.3))
        say(`REVOKE ALL ON TYPE ${name} FROM PUBLIC; GRANT USAGE ON TYPE ${name} TO ${pick(roles)}`)
      if (chance(0.2)) say(`ALTER TYPE ${name} OWNER TO ${pick(roles)}`)
    },
    composite() {
      const name = newName('composite')
      const attributes = Array.from({ length: 1 + below(3) }, () => ({ name: unique('a'), kind: anyKind() }))
      say(`CREATE TYPE ${name} AS (${attributes.map((a) => `${a.name} ${a.kind.type}`).join(', ')})`)
      const row = () => `ROW(${attributes.map(({ kind }) => literal(kind)).join(', ')})::${name}`
      const nulls = `ROW(${attributes.map(() => 'NULL').join(', ')})::${name}`
      kinds.push({ sort: 'composite', type: name, attributes, values: [row(), row(), nulls] })
      composites.push({ name, columns: attributes })
      comment(`TYPE ${name}`)
      comment(`COLUMN ${name}.${pick(attributes).name}`)
    },
    range() {
      if (!superuser) return
      const name = newName('range')
      say(`CREATE TYPE ${name} AS RANGE (subtype = mathesar_types.mathesar_money)`)
      kinds.push({ sort: 'range', type: name, values: ["'[1,2.50)'", "'empty'", "'(,3]'"] })
      comment(`TYPE ${name}`)
    },
    table() {
      const name = newName('t')
      const columns: Column[] = [{ name: 'id', kind: PLAIN[2] as Kind }]
      for (let i = 1 + below(6); i > 0; i--) columns.push({ name: newName('c'), kind: anyKind() })
      const parent = pick([null, null, null, ...tables()])
      const parted = parent === null && chance(0.2)
      const isChild = parent !== null && !parent.parted
      const own = isChild ? columns.slice(1) : columns
      const lines = own.map(
        (column) =>
          `${column.name} ${column.kind.type}${
            column.kind.sort === 'composite' ||
            (column.kind.element !== undefined && UNPRINTED.has(column.kind.element.sort))
              ? ''
              : maybe(0.25, ` DEFAULT ${literal(column.kind)}`)
          }${column.kind.sort === 'text' ? maybe(0.1, ' COLLATE "C"') : ''}`,
      )
      if (parent?.parted) {
        say(
          `CREATE TABLE ${name} PARTITION OF ${parent.name} FOR VALUES FROM (${tables().length * 10}) TO (${tables().length * 10 + 10})`,
        )
        relations.push({ ...parent, name, keys: [], parted: false })
        return
      }
      say(
        `CREATE ${parted ? '' : maybe(0.1, 'UNLOGGED ')}TABLE ${name} (${lines.join(', ')})${
          isChild
            ? ` INHERITS (${parent.name})`
            : parted
              ? ' PARTITION BY RANGE (id)'
              : maybe(0.2, ' WITH (fillfactor = 80)')
        }`,
      )
      const table: Relation = {
        name,
        kind: 'table',
        columns: isChild ? [...parent.columns, ...own] : columns,
        keys: [],
        parted,
      }
      relations.push(table)
      if (reordered.includes(parent?.name ?? '')) reordered.push(name)
      if (parted) {
        for (let i = 0; i < 2; i++) {
          const partition = newName('p')
          say(`CREATE TABLE ${partition} PARTITION OF ${name} FOR VALUES FROM (${i * 5}) TO (${i * 5 + 5})`)
          relations.push({ ...table, name: partition, keys: [], parted: false })
        }
      }
      comment(`TABLE ${name}`)
      comment(`COLUMN ${name}.${pick(columns).name}`)
      makers.rows?.()
    },
    typedTable() {
      if (composites.length === 0) return
      const name = newName('typed')
      const of = pick(composites)
      say(`CREATE TABLE ${name} OF ${of.name}`)
      relations.push({ name, kind: 'table', columns: [...of.columns], keys: [], parted: false })
      say(
        `INSERT INTO ${name} VALUES (${of.columns.map(({ kind }) => (chance(0.3) ? 'NULL' : literal(kind))).join(', ')})`,
      )
    },
    rows() {
      const table = pick(tables())
      if (table === undefined) return
      for (let i = 1 + below(3); i > 0; i--) {
        const columns = table.columns.filter(({ name }) => name !== 'id')
        const values = columns.map(({ kind }) => (chance(0.25) ? 'NULL' : literal(kind)))
        const id = table.columns.some(({ name }) => name === 'id')
        const names = [...(id ? ['id'] : []), ...columns.map(({ name }) => name)]
        say(
          `INSERT INTO ${table.name} (${names.join(', ')}) VALUES (${[...(id ? [`${below(10)}`] : []), ...values].join(', ')})`,
        )
      }
    },
    view() {
      if (relations.length === 0) return
      const name = newName('v')
      const from = pick(relations)
      const other = pick(relations)
      const columns: Column[] = []
      const parts: string[] = []
      for (const column of some(from.columns)) {
        const as = unique('o')
        const result = chance(0.5)
          ? expression({ ...column, name: `x.${column.name}` })
          : { sql: `x.${column.name}`, kind: column.kind }
        parts.push(`${result.sql} AS ${as}`)
        columns.push({ name: as, kind: result.kind })
      }
      const where = maybe(
        0.5,
        ` WHERE ${condition({ ...pick(from.columns), name: '' }.kind.sort === 'price' ? { name: 'x', kind: { sort: 'price', type: '', values: [] } } : prefixed(pick(from.columns)))}`,
      )
      const shape = below(7)
      const join =
        shape === 0
          ? ` JOIN ${other.name} y ON true`
          : shape === 1
            ? ` LEFT JOIN LATERAL (SELECT count(*) AS n FROM ${other.name}) y ON true`
            : ''
      const query =
        shape === 2
          ? `WITH w AS (SELECT * FROM ${from.name}) SELECT ${parts.join(', ')} FROM w x${where}`
          : shape === 3
            ? `SELECT ${parts.join(', ')} FROM ${from.name} x${where} UNION ALL SELECT ${parts.join(', ')} FROM ${from.name} x`
            : shape === 4
              ? `SELECT * FROM (SELECT ${parts.join(', ')} FROM ${from.name} x) s`
              : `SELECT ${parts.join(', ')} FROM ${from.name} x${join}${where}`
      const isMaterialized = chance(0.25)
      const columnNames = chance(0.3) ? columns.map(() => newName('n')) : null
      const list = columnNames === null ? '' : ` (${columnNames.join(', ')})`
      const options = isMaterialized
        ? maybe(0.3, ' WITH (fillfactor = 70)')
        : chance(0.3)
          ? ` WITH (${pick(['security_barrier', ...(major >= 15 ? ['security_invoker = true'] : [])])})`
          : ''
      say(`CREATE ${isMaterialized ? 'MATERIALIZED ' : ''}VIEW ${name}${list}${options} AS ${query}`)
      columnNames?.forEach((columnName, index) => {
        const column = columns[index]
        if (column) columns[index] = { ...column, name: columnName }
      })
      const relation: Relation = {
        name,
        kind: isMaterialized ? 'materialized view' : 'view',
        columns,
        keys: [],
        parted: false,
      }
      relations.push(relation)
      comment(`${isMaterialized ? 'MATERIALIZED ' : ''}VIEW ${name}`)
      comment(`COLUMN ${name}.${pick(columns).name}`)
      if (chance(0.3)) grant(relation)
      if (!isMaterialized && chance(0.15)) {
        const column = pick(columns)
        if (column.kind.sort !== 'composite')
          say(`ALTER VIEW ${name} ALTER ${column.name} SET DEFAULT ${literal(column.kind)}`)
      }
      if (isMaterialized && chance(0.3))
        say(`ALTER MATERIALIZED VIEW ${name} ALTER ${pick(columns).name} SET STATISTICS ${1 + below(500)}`)
    },
    index() {
      const on = pick(relations.filter(({ kind }) => kind !== 'view'))
      if (on === undefined) return
      const name = newName('i')
      const keys = some(on.columns).map((column) =>
        chance(0.4) ? `(${expression(column).sql})` : column.name,
      )
      const where = maybe(0.25, ` WHERE ${condition(pick(on.columns))}`)
      say(
        `CREATE INDEX ${name} ON ${on.name} (${keys.map((key) => `${key}${maybe(0.2, ' DESC')}${maybe(0.1, ' NULLS LAST')}`).join(', ')})${maybe(
          0.15,
          ' WITH (fillfactor = 60)',
        )}${where}`,
      )
      comment(`INDEX ${name}`)
      if (chance(0.3)) say(`ALTER INDEX ${name} ALTER COLUMN 1 SET STATISTICS ${below(1000)}`)
      if (chance(0.15)) say(`ALTER TABLE ${on.name} CLUSTER ON ${name}`)
    },
    constraint() {
      const on = pick(tables())
      if (on === undefined) return
      const name = newName('k')
      const column = pick(on.columns)
      const kind = below(5)
      if (kind === 0) {
        const columns = [...new Set([...(on.parted ? ['id'] : []), column.name])]
        say(
          `ALTER TABLE ${on.name} ADD CONSTRAINT ${name} UNIQUE (${columns.join(', ')})${maybe(0.2, ' DEFERRABLE')}`,
        )
        if (columns.length === 1) on.keys.push(column.name)
      } else if (kind === 1) {
        const target = pick(tables().filter(({ keys }) => keys.length > 0))
        if (target === undefined) return
        const key = pick(target.keys)
        const sort = target.columns.find((each) => each.name === key)?.kind.sort
        const from = pick(on.columns.filter((each) => each.kind.sort === sort))
        if (from === undefined) return
        say(
          `ALTER TABLE ${on.name} ADD CONSTRAINT ${name} FOREIGN KEY (${from.name}) REFERENCES ${target.name} (${key})${maybe(0.5, ' ON DELETE CASCADE')} NOT VALID`,
        )
      } else if (kind === 2) {
        say(
          `ALTER TABLE ${on.name} ADD CONSTRAINT ${name} EXCLUDE USING btree (${column.name} WITH =, id WITH =) WHERE (${condition(column)})`,
        )
      } else {
        say(
          `ALTER TABLE ${on.name} ADD CONSTRAINT ${name} CHECK (${truism(column)})${maybe(0.2, ' NOT VALID')}`,
        )
      }
      comment(`CONSTRAINT ${name} ON ${on.name}`)
    },
    notNull() {
      const on = pick(tables())
      if (on) say(`ALTER TABLE ${on.name} ALTER ${pick(on.columns).name} SET NOT NULL`)
    },
    generated() {
      const on = pick(tables())
      if (on === undefined) return
      const result = expression(pick(on.columns))
      if (result.kind.sort === 'composite') return
      const name = newName('g')
      say(
        `ALTER TABLE ${on.name} ADD COLUMN ${name} ${result.kind.type} GENERATED ALWAYS AS (${result.sql}) STORED`,
      )
      reordered.push(...relations.filter(({ kind }) => kind === 'table').map((table) => table.name))
      comment(`COLUMN ${on.name}.${name}`)
      if (chance(0.4)) say(`CREATE INDEX ${newName('i')} ON ${on.name} (${name})`)
      if (chance(0.3)) say(`CREATE VIEW ${newName('v')} AS SELECT ${name} FROM ${on.name}`)
      if (chance(0.3)) say(`GRANT SELECT (${name}) ON ${on.name} TO ${pick(roles)}`)
    },
    trigger() {
      const on = pick(tables())
      if (on === undefined) return
      const name = newName('g')
      const column = pick(on.columns)
      say(
        `CREATE TRIGGER ${name} ${pick(['BEFORE', 'AFTER'])} ${pick(['INSERT', `UPDATE OF ${column.name}`, 'UPDATE'])} ON ${on.name} FOR EACH ROW${
          chance(0.5) ? ` WHEN (${condition({ ...column, name: `NEW.${column.name}` })})` : ''
        } EXECUTE FUNCTION nothing()`,
      )
      comment(`TRIGGER ${name} ON ${on.name}`)
      if (chance(0.3))
        say(`ALTER TABLE ${on.name} ${pick(['DISABLE', 'ENABLE ALWAYS', 'ENABLE REPLICA'])} TRIGGER ${name}`)
    },
    rule() {
      const on = pick(tables())
      if (on === undefined) return
      const name = newName('r')
      const column = pick(on.columns)
      say(
        `CREATE RULE ${name} AS ON ${pick(['UPDATE', 'DELETE'])} TO ${on.name} WHERE ${condition({ ...column, name: `OLD.${column.name}` })} DO ${pick(
          ['ALSO NOTHING', `ALSO SELECT OLD.${column.name}`],
        )}`,
      )
      comment(`RULE ${name} ON ${on.name}`)
      if (chance(0.3)) say(`ALTER TABLE ${on.name} DISABLE RULE ${name}`)
    },
    policy() {
      const on = pick(tables())
      if (on === undefined) return
      const name = newName('y')
      const command = pick(['ALL', 'SELECT', 'UPDATE', 'DELETE'])
      const other = pick(relations)
      const using = chance(0.7)
        ? condition(pick(on.columns))
        : `EXISTS (SELECT FROM ${other.name} q WHERE ${condition(prefixed(pick(other.columns), 'q'))})`
      say(
        `CREATE POLICY ${name} ON ${on.name} AS ${pick(['PERMISSIVE', 'RESTRICTIVE'])} FOR ${command} TO ${pick([...roles, 'PUBLIC'])} USING (${using})${
          command === 'UPDATE' || command === 'ALL'
            ? maybe(0.5, ` WITH CHECK (${condition(pick(on.columns))})`)
            : ''
        }`,
      )
      comment(`POLICY ${name} ON ${on.name}`)
      if (chance(0.5))
        say(`ALTER TABLE ${on.name} ENABLE ROW LEVEL SECURITY${maybe(0.5, ', FORCE ROW LEVEL SECURITY')}`)
    },
    function() {
      const from = pick(relations)
      if (from === undefined) return
      const name = newName('f')
      const { sql, kind } = expression(prefixed(pick(from.columns)))
      const result =
        kind.sort === 'text'
          ? 'text'
          : kind.sort === 'integer'
            ? 'integer'
            : kind.sort === 'number'
              ? 'numeric'
              : null
      if (chance(0.3)) {
        say(
          `CREATE FUNCTION ${name}() RETURNS SETOF ${from.name} LANGUAGE sql STABLE AS 'SELECT * FROM public.${from.name.replaceAll("'", "''")}'`,
        )
      } else if (major >= 14 && result !== null) {
        say(
          `CREATE FUNCTION ${name}() RETURNS ${result} LANGUAGE sql STABLE${maybe(0.4, ' SECURITY DEFINER')} RETURN (SELECT max((${sql})::${result}) FROM ${from.name} x)`,
        )
        const view = newName('v')
        if (chance(0.5)) {
          say(`CREATE VIEW ${view} AS SELECT ${name}() AS o`)
          relations.push({
            name: view,
            kind: 'view',
            columns: [{ name: 'o', kind: PLAIN[0] as Kind }],
            keys: [],
            parted: false,
          })
        }
      } else return
      comment(`FUNCTION ${name}()`)
      if (chance(0.4))
        say(
          `REVOKE ALL ON FUNCTION ${name}() FROM PUBLIC; GRANT EXECUTE ON FUNCTION ${name}() TO ${pick(roles)} WITH GRANT OPTION`,
        )
      if (chance(0.2)) say(`ALTER FUNCTION ${name}() OWNER TO ${pick(roles)}`)
    },
    statistics() {
      const on = pick(tables())
      if (on === undefined || on.columns.length < 2) return
      const name = newName('s')
      const keys = some(on.columns, 2).map((column) =>
        major >= 14 && chance(0.4) ? `(${expression(column).sql})` : column.name,
      )
      say(`CREATE STATISTICS ${name} ON ${keys.join(', ')} FROM ${on.name}`)
      if (chance(0.5)) say(`ALTER STATISTICS ${name} SET STATISTICS ${below(1000)}`)
      comment(`STATISTICS ${name}`)
    },
    settings() {
      const on = pick(tables())
      if (on === undefined) return
      const column = pick(on.columns)
      say(
        `ALTER TABLE ${on.name} ALTER ${column.name} ${pick([
          `SET STATISTICS ${below(1000)}`,
          `SET STORAGE ${pick(['EXTERNAL', 'MAIN', 'PLAIN', 'EXTENDED'])}`,
          `SET (n_distinct = ${below(100)})`,
          ...(major >= 14 ? ['SET COMPRESSION pglz'] : []),
        ])}`,
      )
    },
    publication() {
      if (!superuser && major < 15) return
      const on = pick(tables())
      if (on === undefined) return
      const columns =
        major >= 15 && chance(0.5)
          ? ` (${some(on.columns)
              .map(({ name }) => name)
              .join(', ')})`
          : ''
      say(`CREATE PUBLICATION ${newName('pub')} FOR TABLE ${on.name}${columns} WITH (publish = 'insert')`)
    },
    grant() {
      const on = pick(relations)
      if (on !== undefined) grant(on)
    },
    owner() {
      const on = pick(relations)
      if (on === undefined) return
      say(`ALTER ${on.kind.toUpperCase()} ${on.name} OWNER TO ${pick(roles)}`)
    },
    drop() {
      const on = pick(tables())
      if (on === undefined || on.columns.length < 3) return
      const column = on.columns.at(-1)
      if (column !== undefined) say(`ALTER TABLE ${on.name} DROP COLUMN ${column.name}`)
    },
  }
  const weights: Record<string, number> = {
    domain: 3,
    composite: 2,
    range: 1,
    table: 5,
    typedTable: 1,
    rows: 3,
    view: 8,
    index: 5,
    constraint: 5,
    notNull: 1,
    generated: 2,
    trigger: 2,
    rule: 1,
    policy: 2,
    function: 3,
    statistics: 2,
    settings: 2,
    publication: 1,
    grant: 2,
    owner: 2,
    drop: 1,
  }
  const names = Object.entries(weights).flatMap(([name, weight]) => Array<string>(weight).fill(name))
  say(`CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`)
  makers.table?.()
  for (let steps = 5 + below(36); steps > 0; steps--) makers[pick(names)]?.()
  return { statements, reordered: [...new Set(reordered)].map((name) => `public.${unquoted(name)}`) }
}

function prefixed(column: Column, alias = 'x'): Column {
  return { ...column, name: `${alias}.${column.name}` }
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1) : name
}

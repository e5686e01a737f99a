import type { Role } from './attacks.ts'

/** The kinds of place in which code of an operator's can lie that statements of ours may reach. */
export interface Place {
  name: string
  /** Made by the owner of the code: functions, domains, operators, casts. */
  code?: (names: Names) => string
  /** Made by the owner of the table, with at least one column of a Mathesar type. */
  table: (names: Names) => string
  /** From this major version on. */
  since?: number
  /** The conversion refuses it anyway, whoever owns it. */
  refused?: boolean
  /** Nothing of it is run by a conversion, or only by some versions; it may be converted without a trace. */
  silent?: boolean
  /**
   * The code is run neither by a conversion nor by what it reaches, so that it is converted, whoever owns it.
   */
  inert?: boolean
  /**
   * PostgreSQL itself runs the code as the owner of what it is in, and nothing else changes together with it.
   */
  alone?: boolean
  /** Dropping a column runs it, too. */
  dropped?: boolean
  /** Only a superuser can make it. */
  superuserMakes?: boolean
  /** Only a superuser can convert it, from PostgreSQL 14 on. */
  superuserConverts?: boolean
  /** Leaves deferred triggers behind: may be refused for them. */
  defers?: boolean
  /** Its code may change what the names in an expression mean, so that it can't be put back. */
  hinders?: boolean
  /** Rights do not matter: there is no code. */
  empty?: boolean
}

export interface Names {
  /** The schema of the place. */
  at: string
  /** The schema of the traps. */
  trap: string
  /** The label, as a constant in SQL. */
  label: string
}

/** A table with columns that keep their bytes, and with some that are written anew, with one row. */
const table = (name: string, more = '', tail = '') => `
  CREATE TABLE ${name} (id integer, e mathesar_types.email, es mathesar_types.email[]${more === '' ? '' : `, ${more}`}) ${tail};
  INSERT INTO ${name} (id, e, es) VALUES (1, 'a@b.c', '{d@e.f}');`

const base = ({ at }: Names, more = '') => table(`${at}.t`, more)

export const PLACES: readonly Place[] = [
  { name: 'nothing', empty: true, table: (n) => base(n) },
  {
    name: 'generated column',
    table: (n) => base(n, `g text GENERATED ALWAYS AS (${n.trap}.say(${n.label}, e)) STORED`),
  },
  {
    name: 'generated column beside',
    silent: true,
    table: (n) => base(n, `g boolean GENERATED ALWAYS AS (${n.trap}.quiet(${n.label})) STORED`),
  },
  {
    name: 'check',
    table: (n) => base(n, `CHECK (${n.trap}.say(${n.label}, e) IS NOT NULL AND es IS NOT NULL)`),
  },
  { name: 'check beside', silent: true, table: (n) => base(n, `CHECK (${n.trap}.spring(${n.label}))`) },
  {
    name: 'check that names a type',
    table: (n) =>
      base(n, `CHECK (${n.trap}.say(${n.label}, ('x@y.z'::mathesar_types.email)::text) IS NOT NULL)`),
  },
  {
    name: 'check that is not valid',
    silent: true,
    table: (n) =>
      `${base(n)} ALTER TABLE ${n.at}.t ADD CHECK (${n.trap}.say(${n.label}, es[1]) IS NOT NULL) NOT VALID;`,
  },
  {
    name: 'check that defers',
    defers: true,
    table: (n) => base(n, `CHECK (${n.trap}.defer(${n.label}) AND es IS NOT NULL)`),
  },
  {
    name: 'generated column that defers',
    defers: true,
    table: (n) =>
      base(n, `g boolean GENERATED ALWAYS AS (${n.trap}.quiet_defer(${n.label}) AND es IS NOT NULL) STORED`),
  },
  {
    name: 'check of a domain',
    code: (n) => `CREATE DOMAIN ${n.at}.d AS mathesar_types.email CHECK (${n.trap}.spring(${n.label}));`,
    table: (n) => base(n, `d ${n.at}.d DEFAULT 'g@h.i', ds ${n.at}.d[] DEFAULT '{g@h.i}'`),
  },
  {
    name: 'check of a domain that defers',
    defers: true,
    code: (n) => `CREATE DOMAIN ${n.at}.d AS mathesar_types.email CHECK (${n.trap}.defer(${n.label}));`,
    table: (n) => base(n, `d ${n.at}.d DEFAULT 'g@h.i', ds ${n.at}.d[] DEFAULT '{g@h.i}'`),
  },
  {
    name: 'check of a domain beside',
    silent: true,
    code: (n) => `CREATE DOMAIN ${n.at}.d AS integer CHECK (${n.trap}.quiet(${n.label}));`,
    table: (n) => base(n, `d ${n.at}.d DEFAULT 1`),
  },
  {
    name: 'default of a domain',
    silent: true,
    code: (n) =>
      `CREATE DOMAIN ${n.at}.d AS mathesar_types.email DEFAULT ${n.trap}.say(${n.label}, 'a@b.c')::mathesar_types.email;`,
    table: (n) => base(n, `d ${n.at}.d`),
  },
  {
    name: 'default of a column',
    silent: true,
    table: (n) =>
      base(n, `f mathesar_types.email DEFAULT ${n.trap}.say(${n.label}, 'a@b.c')::mathesar_types.email`),
  },
  {
    name: 'constant default of a composite with a domain',
    code: (n) => `CREATE DOMAIN ${n.at}.number AS integer CHECK (${n.trap}.spring(${n.label}));`,
    table: (n) =>
      base(
        n,
        `m mathesar_types.multicurrency_money DEFAULT ROW(1::${n.at}.number, 'EUR')::mathesar_types.multicurrency_money`,
      ),
  },
  {
    name: 'index expression',
    table: (n) => `${base(n)} CREATE INDEX ON ${n.at}.t (${n.trap}.say(${n.label}, e), es);`,
  },
  {
    name: 'constant in an index expression',
    table: (n) => `${base(n)} CREATE INDEX ON ${n.at}.t (es, (${n.trap}.say(${n.label}, 'x')));`,
  },
  {
    name: 'index predicate',
    table: (n) => `${base(n)} CREATE INDEX ON ${n.at}.t (es) WHERE ${n.trap}.quiet(${n.label});`,
  },
  {
    name: 'index predicate beside a foreign key',
    table: (n) => `
      CREATE TABLE ${n.at}.p (es mathesar_types.email[] PRIMARY KEY);
      INSERT INTO ${n.at}.p VALUES ('{d@e.f}');
      ${base(n, `FOREIGN KEY (es) REFERENCES ${n.at}.p`)}
      CREATE INDEX ON ${n.at}.t (es) WHERE ${n.trap}.quiet(${n.label});`,
  },
  {
    name: 'exclusion constraint',
    table: (n) => base(n, `EXCLUDE USING btree ((${n.trap}.say(${n.label}, e)) WITH =, es WITH =)`),
  },
  {
    name: 'unique index expression',
    table: (n) => `${base(n)} CREATE UNIQUE INDEX ON ${n.at}.t ((${n.trap}.say(${n.label}, es[1])));`,
  },
  {
    name: 'operator class',
    // Before, PostgreSQL fails on an error that such a function caught while it held a lock on a page.
    since: 18,
    superuserMakes: true,
    code: (n) => `
      CREATE FUNCTION ${n.at}.compare(a text, b text) RETURNS integer IMMUTABLE LANGUAGE plpgsql
        AS 'BEGIN PERFORM ${n.trap}.spring(${n.label.replaceAll("'", "''")}); RETURN pg_catalog.bttextcmp(a, b); END';`,
    table: (n) => `
      CREATE OPERATOR CLASS ${n.at}.c FOR TYPE text USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =,
        OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 ${n.at}.compare(text, text);
      ${base(n)}
      INSERT INTO ${n.at}.t VALUES (2, 'b@b.c', '{}');
      CREATE INDEX ON ${n.at}.t (e ${n.at}.c, es);`,
  },
  {
    name: 'operator',
    code: (n) => `
      CREATE FUNCTION ${n.at}.compare(a text, b text) RETURNS boolean IMMUTABLE LANGUAGE plpgsql
        AS 'BEGIN RETURN ${n.trap}.spring(${n.label.replaceAll("'", "''")}); END';
      CREATE OPERATOR ${n.at}.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = ${n.at}.compare);`,
    table: (n) => base(n, `CHECK (es[1]::text OPERATOR(${n.at}.===) 'x')`),
  },
  ...(['json', 'jsonb', 'text'] as const).flatMap((target): Place[] => [
    {
      name: `cast to ${target} in a materialized view`,
      silent: target !== 'json',
      code: (n) => castOf(n, 'mood', target, `CREATE TYPE ${n.at}.mood AS ENUM ('good');`),
      table: (n) => `
        ${base(n, `mood ${n.at}.mood DEFAULT 'good'`)}
        CREATE MATERIALIZED VIEW ${n.at}.v AS SELECT * FROM ${n.at}.t;`,
    },
    {
      name: `cast to ${target} in a composite with money`,
      silent: target !== 'json',
      code: (n) => `
        ${castOf(n, 'mood', target, `CREATE TYPE ${n.at}.mood AS ENUM ('good');`)}
        CREATE TYPE ${n.at}.c AS (m mathesar_types.multicurrency_money, mood ${n.at}.mood);`,
      table: (n) => `
        ${base(n, `c ${n.at}.c, cs ${n.at}.c[]`)}
        UPDATE ${n.at}.t SET c = ROW(ROW(1, 'EUR'), 'good'), cs = ARRAY[ROW(ROW(1, 'EUR'), 'good')::${n.at}.c];`,
    },
    {
      name: `cast of a composite to ${target}`,
      refused: true,
      code: (n) => castOf(n, 'c', target, `CREATE TYPE ${n.at}.c AS (e mathesar_types.email, n integer);`),
      table: (n) => base(n, `c ${n.at}.c DEFAULT ROW('a@b', 1)::${n.at}.c`),
    },
  ]),
  {
    name: 'cast to a Mathesar type',
    refused: true,
    code: (n) => `
      CREATE TYPE ${n.at}.mood AS ENUM ('good');
      CREATE FUNCTION ${n.at}.mood_email(${n.at}.mood) RETURNS mathesar_types.email LANGUAGE plpgsql
        AS 'BEGIN PERFORM ${n.trap}.spring(${n.label.replaceAll("'", "''")}); RETURN ''a@b''; END';
      CREATE CAST (${n.at}.mood AS mathesar_types.email) WITH FUNCTION ${n.at}.mood_email(${n.at}.mood) AS IMPLICIT;`,
    table: (n) => base(n),
  },
  {
    name: 'domain within a composite',
    silent: true,
    code: (n) => `
      CREATE DOMAIN ${n.at}.d AS integer CHECK (${n.trap}.spring(${n.label}));
      CREATE TYPE ${n.at}.c AS (e mathesar_types.email, d ${n.at}.d);`,
    table: (n) =>
      base(
        n,
        `c ${n.at}.c DEFAULT ROW('a@b', 1)::${n.at}.c, cs ${n.at}.c[] DEFAULT ARRAY[ROW('a@b', 1)::${n.at}.c]`,
      ),
  },
  {
    name: 'table of a composite',
    silent: true,
    code: (n) => `
      CREATE DOMAIN ${n.at}.d AS integer CHECK (${n.trap}.spring(${n.label}));
      CREATE TYPE ${n.at}.c AS (e mathesar_types.email, es mathesar_types.email[], d ${n.at}.d);`,
    table: (n) => `
      CREATE TABLE ${n.at}.t OF ${n.at}.c (CHECK (${n.trap}.spring(${n.label})));
      INSERT INTO ${n.at}.t VALUES ('a@b.c', '{d@e.f}', 1);`,
  },
  {
    name: 'range with subtype_diff',
    // As with the operator class.
    since: 18,
    silent: true,
    code: (n) => `
      CREATE FUNCTION ${n.at}.diff(a double precision, b double precision) RETURNS double precision IMMUTABLE LANGUAGE plpgsql
        AS 'BEGIN PERFORM ${n.trap}.spring(${n.label.replaceAll("'", "''")}); RETURN a OPERATOR(pg_catalog.-) b; END';
      CREATE TYPE ${n.at}.r AS RANGE (subtype = double precision, subtype_diff = ${n.at}.diff);`,
    table: (n) => `
      ${base(n, `r ${n.at}.r`)}
      INSERT INTO ${n.at}.t SELECT i, 'a@b', '{}', ${n.at}.r(i, i + 1) FROM pg_catalog.generate_series(1, 300) i;
      CREATE INDEX ON ${n.at}.t USING gist (r);`,
  },
  {
    name: 'range over a composite with a domain',
    superuserConverts: true,
    code: (n) => `
      CREATE DOMAIN ${n.at}.d AS integer CHECK (${n.trap}.spring(${n.label}));
      CREATE TYPE ${n.at}.c AS (e mathesar_types.email, d ${n.at}.d);
      CREATE TYPE ${n.at}.r AS RANGE (subtype = ${n.at}.c);`,
    table: (n) =>
      base(n, `r ${n.at}.r DEFAULT ${n.at}.r(ROW('a@b', 1)::${n.at}.c, ROW('b@b', 1)::${n.at}.c)`),
  },
  {
    name: 'aggregate in a materialized view',
    alone: true,
    code: (n) => `
      CREATE FUNCTION ${n.at}.add(text, text) RETURNS text IMMUTABLE LANGUAGE plpgsql
        AS 'BEGIN PERFORM ${n.trap}.spring(${n.label.replaceAll("'", "''")}); RETURN $2; END';
      CREATE AGGREGATE ${n.at}.last(text) (SFUNC = ${n.at}.add, STYPE = text);`,
    table: (n) =>
      `${base(n)} CREATE MATERIALIZED VIEW ${n.at}.v AS SELECT ${n.at}.last(e) AS last FROM ${n.at}.t;`,
  },
  ...(['BEFORE', 'AFTER'] as const).map(
    (when): Place => ({
      name: `trigger ${when.toLowerCase()}`,
      inert: true,
      table: (n) => `
      ${base(n)}
      CREATE TRIGGER r ${when} INSERT OR UPDATE OR DELETE ON ${n.at}.t FOR EACH ROW EXECUTE FUNCTION ${n.trap}.on_row(${n.label});
      CREATE TRIGGER s ${when} INSERT OR UPDATE OR DELETE OR TRUNCATE ON ${n.at}.t EXECUTE FUNCTION ${n.trap}.on_row(${n.label});`,
    }),
  ),
  {
    name: 'condition of a trigger',
    inert: true,
    table: (n) => `
      ${base(n)}
      CREATE TRIGGER r AFTER UPDATE OF e ON ${n.at}.t FOR EACH ROW WHEN (${n.trap}.say(${n.label}, NEW.e) IS NOT NULL)
        EXECUTE FUNCTION ${n.trap}.on_row(${n.label});`,
  },
  {
    name: 'constraint trigger',
    inert: true,
    table: (n) => `
      ${base(n)}
      CREATE CONSTRAINT TRIGGER r AFTER INSERT OR UPDATE OF e ON ${n.at}.t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
        WHEN (NEW.es IS NOT NULL) EXECUTE FUNCTION ${n.trap}.on_row(${n.label});`,
  },
  {
    name: 'trigger instead',
    inert: true,
    table: (n) => `
      ${base(n)}
      CREATE VIEW ${n.at}.v AS SELECT * FROM ${n.at}.t;
      CREATE TRIGGER r INSTEAD OF INSERT OR UPDATE ON ${n.at}.v FOR EACH ROW EXECUTE FUNCTION ${n.trap}.on_row(${n.label});`,
  },
  {
    name: 'rule',
    inert: true,
    table: (n) => `
      ${base(n)}
      CREATE VIEW ${n.at}.v AS SELECT e FROM ${n.at}.t;
      CREATE RULE r AS ON UPDATE TO ${n.at}.v DO INSTEAD SELECT ${n.trap}.say(${n.label}, NEW.e);
      CREATE RULE r AS ON UPDATE TO ${n.at}.t WHERE ${n.trap}.say(${n.label}, NEW.e) IS NOT NULL DO ALSO SELECT 1;`,
  },
  {
    name: 'policy',
    silent: true,
    table: (n) => `
      ${base(n)}
      ALTER TABLE ${n.at}.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
      CREATE POLICY p ON ${n.at}.t USING (${n.trap}.spring(${n.label}));
      CREATE POLICY q ON ${n.at}.t USING (${n.trap}.say(${n.label}, e) IS NOT NULL);`,
  },
  {
    name: 'view',
    inert: true,
    table: (n) =>
      `${base(n)} CREATE VIEW ${n.at}.v AS SELECT ${n.trap}.say(${n.label}, e) AS said, e FROM ${n.at}.t;`,
  },
  {
    name: 'view on a view',
    inert: true,
    table: (n) => `
      ${base(n)}
      CREATE VIEW ${n.at}.v AS SELECT ${n.trap}.say(${n.label}, e) AS said, e FROM ${n.at}.t WHERE ${n.trap}.quiet(${n.label});
      CREATE VIEW ${n.at}.w AS SELECT * FROM ${n.at}.v;`,
  },
  {
    name: 'materialized view',
    alone: true,
    table: (n) => `
      ${base(n)}
      CREATE MATERIALIZED VIEW ${n.at}.v AS SELECT ${n.trap}.say(${n.label}, e) AS said, e FROM ${n.at}.t;
      CREATE INDEX ON ${n.at}.v ((${n.trap}.say(${n.label}, said))) WHERE ${n.trap}.quiet(${n.label});`,
  },
  {
    name: 'materialized view over a view',
    alone: true,
    table: (n) => `
      ${base(n)}
      CREATE VIEW ${n.at}.v AS SELECT ${n.trap}.say(${n.label}, e) AS said, e FROM ${n.at}.t WHERE ${n.trap}.spring(${n.label});
      CREATE MATERIALIZED VIEW ${n.at}.m AS SELECT * FROM ${n.at}.v;`,
  },
  {
    name: 'statistics',
    since: 14,
    table: (n) => `
      ${base(n)}
      CREATE STATISTICS ${n.at}.s ON (${n.trap}.say(${n.label}, e)), (${n.trap}.say(${n.label}, 'x')), es FROM ${n.at}.t;
      ANALYZE ${n.at}.t;`,
  },
  {
    name: 'partition key',
    dropped: true,
    silent: true,
    // The inner call has constants alone: PostgreSQL runs it whenever it reads the key from the catalogue.
    table: (n) => `
      CREATE TABLE ${n.at}.t (id integer, k text, e mathesar_types.email, es mathesar_types.email[])
        PARTITION BY LIST (${n.trap}.say(${n.trap}.say(${n.label}, ${n.label}), k));
      CREATE TABLE ${n.at}.p PARTITION OF ${n.at}.t FOR VALUES IN ('a');
      INSERT INTO ${n.at}.t VALUES (1, 'a', 'a@b', '{a@b}');`,
  },
  {
    name: 'check of a partition',
    table: (n) => `
      CREATE TABLE ${n.at}.t (id integer, e mathesar_types.email, es mathesar_types.email[]) PARTITION BY LIST (id);
      CREATE TABLE ${n.at}.p PARTITION OF ${n.at}.t (e DEFAULT ${n.trap}.say(${n.label}, 'a@b')::mathesar_types.email,
        CHECK (${n.trap}.spring(${n.label}) AND es IS NOT NULL)) FOR VALUES IN (1);
      INSERT INTO ${n.at}.t VALUES (1, 'a@b', '{a@b}');`,
  },
  {
    name: 'check of a child',
    table: (n) => `
      ${base(n)}
      CREATE TABLE ${n.at}.child (CHECK (${n.trap}.quiet(${n.label}) AND es IS NOT NULL)) INHERITS (${n.at}.t);
      INSERT INTO ${n.at}.child VALUES (1, 'a@b', '{a@b}');`,
  },
  {
    name: 'body of the SQL standard',
    since: 14,
    silent: true,
    table: (n) => `
      ${base(n)}
      CREATE FUNCTION ${n.at}.f() RETURNS text LANGUAGE sql
        BEGIN ATOMIC SELECT ${n.trap}.say(${n.label}, 'x@y'::mathesar_types.email) FROM ${n.at}.t; END;`,
  },
  {
    // What somebody else's code left among the temporary objects comes first for it.
    name: 'check with a function that trusts its search path',
    code: (n) => `
      CREATE FUNCTION ${n.at}.trusting(value text) RETURNS boolean LANGUAGE plpgsql SET search_path = '' AS $trusting$
      BEGIN
        PERFORM ${n.trap}.spring(${n.label});
        RETURN value::text IS NOT NULL AND 1::oid IS NOT NULL AND 'pg_catalog.pg_class'::regclass IS NOT NULL;
      END $trusting$;`,
    table: (n) => base(n, `CHECK (${n.at}.trusting(es[1]))`),
  },
  {
    name: 'foreign key of a domain',
    code: (n) => `CREATE DOMAIN ${n.at}.d AS mathesar_types.email CHECK (${n.trap}.spring(${n.label}));`,
    table: (n) => `
      CREATE TABLE ${n.at}.p (ds ${n.at}.d[] PRIMARY KEY);
      INSERT INTO ${n.at}.p VALUES ('{d@e.f}');
      ${base(n, `ds ${n.at}.d[] DEFAULT '{d@e.f}' REFERENCES ${n.at}.p`)}`,
  },
  ...(
    [
      [
        'default',
        (n) => base(n, `f mathesar_types.email DEFAULT ('a@b' || ${constant(n)})::mathesar_types.email`),
      ],
      ['check', (n) => base(n, `CHECK (es IS NOT NULL AND ${constant(n)} IS NOT NULL)`)],
      ['generated column', (n) => base(n, `g text GENERATED ALWAYS AS (e || ${constant(n)}) STORED`)],
      [
        'index',
        (n) => `${base(n)} CREATE INDEX ON ${n.at}.t (('x@y.z'::mathesar_types.email || ${constant(n)}));`,
      ],
      ['view', (n) => `${base(n)} CREATE VIEW ${n.at}.v AS SELECT e, ${constant(n)} AS c FROM ${n.at}.t;`],
      [
        'materialized view',
        (n) =>
          `${base(n)} CREATE MATERIALIZED VIEW ${n.at}.v AS SELECT e, ${constant(n)} AS c FROM ${n.at}.t;`,
      ],
      [
        'rule',
        (n) => `
        ${base(n)}
        CREATE RULE r AS ON UPDATE TO ${n.at}.t WHERE NEW.e IS NOT NULL AND ${constant(n)} IS NULL DO ALSO NOTHING;`,
      ],
      [
        'trigger',
        (n) => `
        ${base(n)}
        CREATE TRIGGER r BEFORE UPDATE ON ${n.at}.t FOR EACH ROW WHEN (NEW.e = ${constant(n)})
          EXECUTE FUNCTION pg_catalog.suppress_redundant_updates_trigger();`,
      ],
      ['policy', (n) => `${base(n)} CREATE POLICY p ON ${n.at}.t USING (e = ${constant(n)});`],
    ] as readonly [string, (n: Names) => string][]
  ).map(
    ([what, made]): Place => ({
      name: `array of a domain in a ${what}`,
      silent: true,
      hinders: true,
      // PostgreSQL reads the constant, and runs the check, wherever it reads the expression.
      code: (n) => `CREATE DOMAIN ${n.at}.d AS integer CHECK (${n.trap}.peek(${n.label}));`,
      table: made,
    }),
  ),
  {
    name: 'foreign key with a cast',
    silent: true,
    code: (n) =>
      castOf(n, 'mood', 'numeric', `CREATE TYPE ${n.at}.mood AS ENUM ('1');`, {
        how: 'IMPLICIT',
        value: '1',
      }),
    table: (n) => `
      CREATE TABLE ${n.at}.p (m mathesar_types.mathesar_money PRIMARY KEY);
      INSERT INTO ${n.at}.p VALUES (1);
      ${base(n, `mood ${n.at}.mood DEFAULT '1' REFERENCES ${n.at}.p`)}`,
  },
  {
    name: 'not null with a name',
    table: (n) => `
      ${base(n, `CONSTRAINT here CHECK (${n.trap}.spring(${n.label}) AND es IS NOT NULL)`)}
      ALTER TABLE ${n.at}.t ALTER es SET NOT NULL;
      CREATE TABLE ${n.at}.child (CONSTRAINT there CHECK (${n.trap}.quiet(${n.label}) AND es IS NOT NULL)) INHERITS (${n.at}.t);
      ALTER TABLE ${n.at}.child ALTER es SET NOT NULL;
      INSERT INTO ${n.at}.child VALUES (1, 'a@b', '{a@b}');`,
  },
]

const constant = ({ at }: Names) => `(('{1}'::${at}.d[])[1])::text`

function castOf(
  n: Names,
  type: string,
  target: string,
  create: string,
  { how = 'ASSIGNMENT', value = target === 'text' ? 'good' : '"good"' } = {},
): string {
  return `${create}
    CREATE FUNCTION ${n.at}.${type}_${target}(${n.at}.${type}) RETURNS ${target} IMMUTABLE LANGUAGE plpgsql
      AS $cast$BEGIN PERFORM ${n.trap}.spring(${n.label}); RETURN '${value}'; END$cast$;
    CREATE CAST (${n.at}.${type} AS ${target}) WITH FUNCTION ${n.at}.${type}_${target}(${n.at}.${type}) AS ${how};`
}

/** Whose the table of a place is, and what is about it. */
export interface Planting {
  table: Role
  /** Whose the code is; the table's owner by default. */
  code?: Role
  /** Whose a table is that changes together with it. */
  relative?: Role
}

/** Returns the names of a place; code that a superuser's table calls has the rights of its own owner. */
export function namesOf(place: Place, { table, code = table, relative = table }: Planting): Names {
  // The server cuts names off behind 63 bytes.
  const words = place.name
    .toLowerCase()
    .replaceAll(/[^a-z]+/g, '_')
    .slice(0, 40)
  const at = `at_${table}_${code}_${relative}_${words}`
  return { at, trap: `trap_${code}`, label: `'${place.name}@${code}'` }
}

/**
 * Returns the script that plants a place, run by a superuser. With `relative` a table that changes together
 * with it belongs to that role: a partition, a child, or the other side of a foreign key.
 */
export function plant(place: Place, planting: Planting): string {
  const { table, code = table, relative } = planting
  const names = namesOf(place, planting)
  return `
    SET ROLE postgres;
    CREATE SCHEMA ${names.at};
    GRANT ALL ON SCHEMA ${names.at} TO PUBLIC;
    SET ROLE ${code};
    ${place.code?.(names) ?? ''}
    SET ROLE ${place.superuserMakes ? 'postgres' : table};
    ${place.table(names)}
    SET ROLE postgres;
    ${place.superuserMakes && table !== 'postgres' ? `ALTER TABLE ${names.at}.t OWNER TO ${table};` : ''}
    ${relative === undefined ? '' : relate(names.at, relative)}`
}

const relate = (at: string, relative: Role) => `
    DO $$ BEGIN
      IF pg_catalog.to_regclass('${at}.p') IS NOT NULL THEN
        ALTER TABLE ${at}.p OWNER TO ${relative};
      ELSIF pg_catalog.to_regclass('${at}.child') IS NOT NULL THEN
        ALTER TABLE ${at}.child OWNER TO ${relative};
      ELSE
        CREATE TABLE ${at}.child () INHERITS (${at}.t);
        ALTER TABLE ${at}.child OWNER TO ${relative};
      END IF;
    END $$;`

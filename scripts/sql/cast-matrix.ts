/**
 * All casts: which types can be turned into which, and by what rule. What is here exists, and nothing else does.
 */
import type { Rule, Target, Topic } from './rule.ts'
import { truthFromNumber, truthFromText } from './rules/boolean.ts'
import * as dates from './rules/dates.ts'
import * as money from './rules/money.ts'
import { numericFromText, wholeNumber } from './rules/numbers.ts'
import {
  checkedJson,
  checkedTextForm,
  core,
  identity,
  refused,
  textForm,
  truthAsNumber,
} from './rules/plain.ts'
import { uriFromText } from './rules/uri.ts'
import * as t from './types.ts'

const except = (types: readonly t.SqlType[], ...without: readonly t.SqlType[]) =>
  types.filter((type) => !without.includes(type))

/** A target that takes its own values as they are. */
const target = (type: t.SqlType, ...from: Target['from']): Target => ({
  type,
  from: [...from, [[type], identity]],
})

const integer = (type: t.SqlType): Target =>
  target(
    type,
    [except(t.INTEGERS, type), core],
    [t.STRINGS, core],
    [[...t.FLOATS, t.NUMERIC, t.MATHESAR_MONEY], wholeNumber],
    [[t.BOOLEAN], truthAsNumber],
    [[t.MONEY], refused],
  )

const float = (type: t.SqlType): Target =>
  target(
    type,
    [except([...t.NUMBERS, t.MATHESAR_MONEY], type), core],
    [t.STRINGS, core],
    [[t.BOOLEAN], truthAsNumber],
    [[t.MONEY], refused],
  )

const jsonDomain = (type: t.SqlType): Target =>
  target(type, [[...t.STRINGS, ...except(t.JSONS, type)], checkedJson])

/** Sources whose text form is the value itself need no cast to text. */
const textual = (type: t.SqlType, rule: Rule = textForm): Target =>
  type === t.CHARACTER || type === t.NAME
    ? { type, from: [[t.ALL, rule]] }
    : target(type, [except(t.ALL, type), rule])

export const TOPICS: readonly Topic[] = [
  {
    file: '20_cast_to_boolean.sql',
    about: 'Casts to boolean: of words that mean true or false, and of one and zero.',
    targets: [target(t.BOOLEAN, [t.STRINGS, truthFromText], [t.NUMBERS, truthFromNumber])],
  },
  {
    file: '21_cast_to_integers.sql',
    about: 'Casts to smallint, integer and bigint: never with loss.',
    targets: t.INTEGERS.map(integer),
  },
  {
    file: '22_cast_to_floats.sql',
    about: 'Casts to real and double precision: what PostgreSQL makes of numbers, which may lose digits.',
    targets: t.FLOATS.map(float),
  },
  {
    file: '23_cast_to_numeric.sql',
    about: 'Casts to numeric: of written amounts, and of all kinds of numbers.',
    targets: [
      target(
        t.NUMERIC,
        [t.STRINGS, numericFromText],
        [except(t.NUMBERS, t.NUMERIC), core],
        [[t.MONEY], core],
        [[t.BOOLEAN], truthAsNumber],
      ),
    ],
  },
  {
    file: '24_cast_to_date.sql',
    about: 'Casts to date: of what has no time of day.',
    targets: [
      target(
        t.DATE,
        [t.STRINGS, dates.dateFromText],
        [[t.TIMESTAMP], dates.dateFromTimestamp],
        [[t.TIMESTAMPTZ], dates.dateFromInstant],
      ),
    ],
  },
  {
    file: '25_cast_to_timestamp.sql',
    about: 'Casts to timestamp without time zone: the session has no say in them.',
    targets: [
      target(
        t.TIMESTAMP,
        [t.STRINGS, dates.timestampFromText],
        [[t.DATE], core],
        [[t.TIMESTAMPTZ], dates.timestampFromInstant],
      ),
    ],
  },
  {
    file: '26_cast_to_zoned_times.sql',
    about: `Casts to timestamp with time zone and to times of day: PostgreSQL's own, by the session's TimeZone.`,
    targets: [
      target(t.TIMESTAMPTZ, [t.STRINGS, dates.zonedFromText], [[t.TIMESTAMP], core]),
      target(t.TIME, [[t.TEXT, t.CHARACTER_VARYING], dates.zonedFromText], [[t.TIMETZ], core]),
      target(t.TIMETZ, [[t.TEXT, t.CHARACTER_VARYING], dates.zonedFromText], [[t.TIME], core]),
    ],
  },
  {
    file: '27_cast_to_money.sql',
    about: `Casts to money, in the currency of the session's lc_monetary.`,
    targets: [
      target(
        t.MONEY,
        [t.STRINGS, money.moneyFromText],
        [[...t.NUMBERS, t.MATHESAR_MONEY], money.moneyFromNumber],
      ),
    ],
  },
  {
    file: '28_cast_to_mathesar_money.sql',
    about: 'Casts to mathesar_money, an amount of any currency, which is forgotten.',
    targets: [
      target(
        t.MATHESAR_MONEY,
        [t.STRINGS, money.mathesarMoneyFromText],
        [[...t.NUMBERS, t.MONEY], money.amountOfMoney],
      ),
    ],
  },
  {
    file: '29_cast_to_multicurrency_money.sql',
    about: 'Casts to multicurrency_money: always US dollars, since the values name no currency.',
    targets: [
      target(t.MULTICURRENCY_MONEY, [[...t.STRINGS, ...t.NUMBERS, t.MONEY, t.MATHESAR_MONEY], money.dollars]),
    ],
  },
  {
    file: '30_cast_to_email.sql',
    about: 'Casts to email: the text form, where it is an address.',
    targets: [textual(t.EMAIL, checkedTextForm)],
  },
  {
    file: '31_cast_to_uri.sql',
    about: 'Casts to uri: of URIs, and of host names that lack the scheme.',
    targets: [target(t.URI, [t.STRINGS, uriFromText], [except(t.ALL, ...t.STRINGS, t.URI), checkedTextForm])],
  },
  {
    file: '32_cast_to_interval.sql',
    about: 'Casts to interval: of all that says its units.',
    targets: [target(t.INTERVAL, [t.STRINGS, dates.intervalFromText])],
  },
  {
    file: '33_cast_to_json.sql',
    about: 'Casts to JSON, as text, as jsonb, and as documents of one shape.',
    targets: [
      target(t.JSON_TYPE, [[...t.STRINGS, ...except(t.JSONS, t.JSON_TYPE)], core]),
      target(t.JSONB, [[...t.STRINGS, ...except(t.JSONS, t.JSONB)], core]),
      jsonDomain(t.JSON_ARRAY),
      jsonDomain(t.JSON_OBJECT),
    ],
  },
  {
    file: '34_cast_to_text.sql',
    about: `Casts to text, character varying and character: the value's text form, of any length.`,
    targets: [textual(t.TEXT), textual(t.CHARACTER_VARYING), textual(t.CHARACTER)],
  },
  {
    file: '35_cast_to_names.sql',
    about: `Casts to PostgreSQL's internal types "char" and name: the text form, cut to their length.`,
    targets: [textual(t.BYTE), textual(t.NAME)],
  },
]

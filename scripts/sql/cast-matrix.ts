/** The complete list of casts: from which type to which, and by which rule. */
import type { Rule, Target, Topic } from './rule.ts'
import { booleanFromNumber, booleanFromText } from './rules/boolean.ts'
import * as dates from './rules/dates.ts'
import * as money from './rules/money.ts'
import { numericFromText, wholeNumber } from './rules/numbers.ts'
import {
  builtInCast,
  checkedJson,
  checkedTextForm,
  identity,
  numberFromBoolean,
  textForm,
  unsupportedCast,
} from './rules/plain.ts'
import { uriFromText } from './rules/uri.ts'
import * as t from './types.ts'

const except = (types: readonly t.SqlType[], ...without: readonly t.SqlType[]) =>
  types.filter((type) => !without.includes(type))

/** Returns a target that also has a cast from itself, which returns the value unchanged. */
const target = (type: t.SqlType, ...from: Target['from']): Target => ({
  type,
  from: [...from, [[type], identity]],
})

const integer = (type: t.SqlType): Target =>
  target(
    type,
    [except(t.INTEGERS, type), builtInCast],
    [t.STRINGS, builtInCast],
    [[...t.FLOATS, t.NUMERIC, t.MATHESAR_MONEY], wholeNumber],
    [[t.BOOLEAN], numberFromBoolean],
    [[t.MONEY], unsupportedCast],
  )

const float = (type: t.SqlType): Target =>
  target(
    type,
    [except([...t.NUMBERS, t.MATHESAR_MONEY], type), builtInCast],
    [t.STRINGS, builtInCast],
    [[t.BOOLEAN], numberFromBoolean],
    [[t.MONEY], unsupportedCast],
  )

const jsonDomain = (type: t.SqlType): Target =>
  target(type, [[...t.STRINGS, ...except(t.JSONS, type)], checkedJson])

/** Returns a text-like target. Only character and name have a cast from their own type, which truncates. */
const textual = (type: t.SqlType, rule: Rule = textForm): Target =>
  type === t.CHARACTER || type === t.NAME
    ? { type, from: [[t.ALL, rule]] }
    : target(type, [except(t.ALL, type), rule])

export const TOPICS: readonly Topic[] = [
  {
    file: '20_cast_to_boolean.sql',
    heading: 'These casts to boolean read words for true and false, and one and zero.',
    targets: [target(t.BOOLEAN, [t.STRINGS, booleanFromText], [t.NUMBERS, booleanFromNumber])],
  },
  {
    file: '21_cast_to_integers.sql',
    heading: 'These casts to smallint, integer and bigint never lose digits.',
    targets: t.INTEGERS.map(integer),
  },
  {
    file: '22_cast_to_floats.sql',
    heading:
      'These casts to real and double precision convert numbers as PostgreSQL does, which may lose digits.',
    targets: t.FLOATS.map(float),
  },
  {
    file: '23_cast_to_numeric.sql',
    heading: 'These casts to numeric read written amounts and convert all types of numbers.',
    targets: [
      target(
        t.NUMERIC,
        [t.STRINGS, numericFromText],
        [except(t.NUMBERS, t.NUMERIC), builtInCast],
        [[t.MONEY], builtInCast],
        [[t.BOOLEAN], numberFromBoolean],
      ),
    ],
  },
  {
    file: '24_cast_to_date.sql',
    heading: 'These casts to date accept values without a time of day.',
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
    heading: 'These casts to timestamp without time zone do not depend on the settings of the session.',
    targets: [
      target(
        t.TIMESTAMP,
        [t.STRINGS, dates.timestampFromText],
        [[t.DATE], builtInCast],
        [[t.TIMESTAMPTZ], dates.timestampFromInstant],
      ),
    ],
  },
  {
    file: '26_cast_to_zoned_times.sql',
    heading: `These casts to timestamp with time zone and times of day are PostgreSQL's own and use the
session's TimeZone.`,
    targets: [
      target(t.TIMESTAMPTZ, [t.STRINGS, dates.zonedFromText], [[t.TIMESTAMP], builtInCast]),
      target(t.TIME, [[t.TEXT, t.CHARACTER_VARYING], dates.zonedFromText], [[t.TIMETZ], builtInCast]),
      target(t.TIMETZ, [[t.TEXT, t.CHARACTER_VARYING], dates.zonedFromText], [[t.TIME], builtInCast]),
    ],
  },
  {
    file: '27_cast_to_money.sql',
    heading: `These casts to money use the currency of the session's lc_monetary.`,
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
    heading: 'These casts to mathesar_money read an amount of any currency and discard the currency.',
    targets: [
      target(
        t.MATHESAR_MONEY,
        [t.STRINGS, money.mathesarMoneyFromText],
        [[...t.NUMBERS, t.MONEY], money.amountWithoutCurrency],
      ),
    ],
  },
  {
    file: '29_cast_to_multicurrency_money.sql',
    heading: 'These casts to multicurrency_money return US dollars, since the values name no currency.',
    targets: [
      target(t.MULTICURRENCY_MONEY, [
        [...t.STRINGS, ...t.NUMBERS, t.MONEY, t.MATHESAR_MONEY],
        money.usDollars,
      ]),
    ],
  },
  {
    file: '30_cast_to_email.sql',
    heading: 'These casts to email return the text form if it is a valid address.',
    targets: [textual(t.EMAIL, checkedTextForm)],
  },
  {
    file: '31_cast_to_uri.sql',
    heading: 'These casts to uri read URIs, and host names without a scheme.',
    targets: [target(t.URI, [t.STRINGS, uriFromText], [except(t.ALL, ...t.STRINGS, t.URI), checkedTextForm])],
  },
  {
    file: '32_cast_to_interval.sql',
    heading: 'These casts to interval read text that names its units.',
    targets: [target(t.INTERVAL, [t.STRINGS, dates.intervalFromText])],
  },
  {
    file: '33_cast_to_json.sql',
    heading: 'These casts return JSON: json, jsonb, and documents whose top level is an array or an object.',
    targets: [
      target(t.JSON_TYPE, [[...t.STRINGS, ...except(t.JSONS, t.JSON_TYPE)], builtInCast]),
      target(t.JSONB, [[...t.STRINGS, ...except(t.JSONS, t.JSONB)], builtInCast]),
      jsonDomain(t.JSON_ARRAY),
      jsonDomain(t.JSON_OBJECT),
    ],
  },
  {
    file: '34_cast_to_text.sql',
    heading:
      'These casts to text, character varying and character return the text form, whatever its length.',
    targets: [textual(t.TEXT), textual(t.CHARACTER_VARYING), textual(t.CHARACTER)],
  },
  {
    file: '35_cast_to_names.sql',
    heading: `These casts to PostgreSQL's internal types "char" and name return the text form, truncated.`,
    targets: [textual(t.BYTE), textual(t.NAME)],
  },
]

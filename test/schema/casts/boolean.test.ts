import { asText, type Row, raised, testCasts, useDatabase } from './support.ts'

const refuses = (text: string) => raised(`${text} is not a boolean`)
const database = useDatabase()

testCasts(
  database,
  'cast_to_boolean',
  asText([
    ...['t', 'true', 'y', 'yes', 'on', '1', 'TRUE', 'Y', 'oN'].map((text) => [text, 'true'] as const),
    ...['f', 'false', 'n', 'no', 'off', '0', 'oFf', 'nO'].map((text) => [text, 'false'] as const),
    ...['tr', 'fals', ' t', 't ', '2', '', '1.0', 'oui', 't\n', 'ñ', '01', '-1'].map(
      (text) => [text, refuses(text)] as const,
    ),
  ]),
  { title: 'cast_to_boolean of words' },
)

testCasts(
  database,
  'cast_to_boolean',
  [
    ['character(6)', 'On', 'true'],
    ['character(6)', 'off', 'false'],
    ['character(1)', '0', 'false'],
    ['character(4)', 'tr', refuses('tr  ')],
    ['character(4)', ' t', refuses(' t  ')],
    ['boolean', 'true', 'true'],
    ['boolean', 'false', 'false'],
  ],
  { title: 'cast_to_boolean of character and boolean' },
)

testCasts(
  database,
  'cast_to_boolean',
  [
    ...['smallint', 'integer', 'bigint', 'real', 'double precision', 'numeric'].flatMap((type): Row[] => [
      [type, '1', 'true'],
      [type, '0', 'false'],
      [type, '-1', refuses('-1')],
      [type, '2', refuses('2')],
    ]),
    ['numeric', '1.00', 'true'],
    ['numeric', '0.00', 'false'],
    ['numeric', '0.5', refuses('0.5')],
    ['numeric', 'NaN', refuses('NaN')],
    ['mathesar_types.mathesar_money', '1.0', 'true'],
    ['mathesar_types.email', 'a@b', refuses('a@b')],
    ['real', '0.5', refuses('0.5')],
    ['double precision', '-0', 'false'],
    ['double precision', 'NaN', refuses('NaN')],
    ['double precision', 'Infinity', refuses('Infinity')],
    ['double precision', '1.0000000001', refuses('1.0000000001')],
  ],
  { title: 'cast_to_boolean of numbers' },
)

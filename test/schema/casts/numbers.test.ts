import { outOfRange, type Row, raised, testCasts, unreadable, useDatabase } from './support.ts'

const database = useDatabase()
const STRINGS = ['text', 'character varying', 'character(12)']
const LIMITS = {
  smallint: ['32767', '-32768', '32768'],
  integer: ['2147483647', '-2147483648', '2147483648'],
  bigint: ['9223372036854775807', '-9223372036854775808', '9223372036854775808'],
} as const
const MONEY = 'mathesar_types.mathesar_money'
const noCast = (target: string) => ({ code: '42846', message: `cannot cast type money to ${target}` })

for (const [target, [most, least, more]] of Object.entries(LIMITS)) {
  const lossy = (value: string) => raised(`${value} cannot be cast to ${target} without loss`)
  const beyond = outOfRange(`${target} out of range`)
  testCasts(database, `cast_to_${target}`, [
    ...STRINGS.flatMap((source): Row[] => [
      [source, '7', '7'],
      [source, '-7', '-7'],
      [source, '+7', '7'],
      [source, ' 7', '7'],
    ]),
    ['text', '\t7 \n', '7'],
    ['text', most, most],
    ['text', least, least],
    ['text', more, outOfRange(`value "${more}" is out of range for type ${target}`)],
    ...['7.0', '1,500', '1e3', '$7', '', 'seven', '7 8'].map(
      (text): Row => ['text', text, unreadable(target, text)],
    ),
    ['character(5)', '7.0', unreadable(target, '7.0  ')],
    ['smallint', '7', '7'],
    ['integer', '-7', '-7'],
    ['bigint', '7', '7'],
    ...['numeric', MONEY].flatMap((source): Row[] => [
      [source, '7', '7'],
      [source, '7.000', '7'],
      [source, '-7.0', '-7'],
      [source, '7.5', lossy('7.5')],
      [source, '-0.001', lossy('-0.001')],
      [source, most, most],
      [source, least, least],
      [source, more, beyond],
      [source, 'NaN', { code: '0A000', message: `cannot convert NaN to ${target}` }],
    ]),
    ['real', '7', '7'],
    ['real', '12.5', lossy('12.5')],
    ['real', '1e30', beyond],
    ['double precision', '7', '7'],
    ['double precision', '-0', '0'],
    ['double precision', '7.25', lossy('7.25')],
    ['double precision', '0.5', lossy('0.5')],
    ['double precision', '1e30', beyond],
    ...['NaN', 'Infinity', '-Infinity'].map((value): Row => ['double precision', value, beyond]),
    ['real', 'NaN', beyond],
    ['boolean', 'true', '1'],
    ['boolean', 'false', '0'],
    ['money', '7.5', noCast(target)],
    ['money', '7', noCast(target)],
  ])
}

testCasts(
  database,
  'cast_to_integer',
  [
    ['bigint', '3000000000', outOfRange('integer out of range')],
    ['numeric', '3000000000', outOfRange('integer out of range')],
    ['numeric', '3000000000.5', outOfRange('integer out of range')],
    ['double precision', '2147483647', '2147483647'],
    ['real', '16777216', '16777216'],
    ['mathesar_types.email', 'a@b', unreadable('integer', 'a@b')],
  ],
  { title: 'cast_to_integer at its limits' },
)
testCasts(database, 'cast_to_smallint', [['integer', '32768', outOfRange('smallint out of range')]], {
  title: 'cast_to_smallint at its limits',
})
testCasts(
  database,
  'cast_to_bigint',
  [
    ['double precision', '3000000000', '3000000000'],
    ['double precision', '9007199254740992', '9007199254740992'],
    ['text', '9007199254740993', '9007199254740993'],
  ],
  { title: 'cast_to_bigint at its limits' },
)

for (const [target, digits] of [
  ['real', '0.333333'],
  ['double precision', '0.333333333333333'],
] as const) {
  testCasts(database, `cast_to_${target.replace(' ', '_')}`, [
    ...STRINGS.flatMap((source): Row[] => [
      [source, '-7.25', '-7.25'],
      [source, ' 7.5', '7.5'],
      [source, '0.125', '0.125'],
      [source, '1e3', '1000'],
      [source, 'NaN', 'NaN'],
      [source, '-Infinity', '-Infinity'],
      [source, '.5', '0.5'],
    ]),
    ...['1,5', 'seven', '$5', '', '1 500'].map((text): Row => ['text', text, unreadable(target, text)]),
    ['character(5)', '1,5', unreadable(target, '1,5  ')],
    [MONEY, '7.50', '7.5'],
    ['numeric', digits, digits],
    ['smallint', '7', '7'],
    ['integer', '7', '7'],
    ['bigint', '7', '7'],
    ['real', '0.5', '0.5'],
    ['double precision', '0.5', '0.5'],
    ['boolean', 'true', '1'],
    ['boolean', 'false', '0'],
    ['money', '7.5', noCast(target)],
  ])
}
testCasts(
  database,
  'cast_to_real',
  [
    ['double precision', '1e200', { code: '22003', message: 'value out of range: overflow' }],
    ['text', '1e200', { code: '22003', message: '"1e200" is out of range for type real' }],
    ['integer', '16777217', '1.6777216e+07'],
  ],
  { title: 'cast_to_real beyond its limits' },
)

import { beforeAll } from 'vitest'
import { asText, outOfRange, type Row, raised, testCasts, useDatabase } from '../schema/casts/support.ts'

const LOCALES = ['en_US', 'de_DE', 'en_GB', 'de_CH', 'fr_FR', 'ja_JP']
const database = useDatabase()

beforeAll(async () => {
  const missing: string[] = []
  for (const locale of LOCALES) {
    await database.run(`SET lc_monetary = '${locale}.UTF-8'`).catch(() => missing.push(locale))
  }
  if (missing.length === 0) return
  const commands = missing.map((locale) => `localedef -i ${locale} -f UTF-8 ${locale}.UTF-8`)
  throw new Error(`Locales are missing. Install the package locales, then run:\n${commands.join('\n')}`)
})

const noSymbol = (text: string) => raised(`${text} cannot be cast to money as currency symbol is missing`)
const noAmount = (text: string) => raised(`${text} cannot be cast to mathesar_types.mathesar_money`)
const unreadable = (text: string) => ({
  code: '22P02',
  message: `invalid input syntax for type money: "${text}"`,
})

/** The expected results of casts to money, by locale. */
const MONEY: Record<string, Row[]> = {
  en_US: [
    ...asText([
      ['$7', '$7.00'],
      ['7$', '$7.00'],
      ['$7.555', '$7.56'],
      ['$8,250.5', '$8,250.50'],
      ['$-7', '-$7.00'],
      ['$(7)', '-$7.00'],
      ['-$7', noSymbol('-$7')],
      ['($7)', noSymbol('($7)')],
      ['7', noSymbol('7')],
      ['7 USD', noSymbol('7 USD')],
      ['€7', noSymbol('€7')],
      ['', noSymbol('')],
      ['seven', noSymbol('seven')],
      ['$seven', unreadable('$seven')],
      [
        '$99999999999999999999',
        {
          code: '22003',
          message: 'value "$99999999999999999999" is out of range for type money',
        },
      ],
    ]),
    ['character(6)', '$7', '$7.00'],
    ['character(6)', '7$', '$7.00'],
    ['character(6)', '7', noSymbol('7     ')],
    ['numeric', '7.555', '$7.56'],
    ['numeric', '-7.5', '-$7.50'],
    ['double precision', '8250.5', '$8,250.50'],
    ['real', '7.555', '$7.56'],
    ['integer', '7', '$7.00'],
    ['smallint', '-7', '-$7.00'],
    ['bigint', '7', '$7.00'],
    ['bigint', '9223372036854775807', outOfRange('bigint out of range')],
    ['mathesar_types.mathesar_money', '7.555', '$7.56'],
    ['money', '7.5', '$7.50'],
  ],
  de_DE: [
    ...asText([
      ['€7', '7,00 €'],
      ['7,50 €', '7,50 €'],
      ['8.250,50 €', '8.250,50 €'],
      ['-7,50 €', '-7,50 €'],
      ['$7', noSymbol('$7')],
      ['7,50', noSymbol('7,50')],
    ]),
    ['numeric', '7.555', '7,56 €'],
    ['character(8)', '7,50 €', '7,50 €'],
  ],
  en_GB: asText([
    ['£7', '£7.00'],
    ['£8,250.50', '£8,250.50'],
    ['$7', noSymbol('$7')],
  ]),
  de_CH: [
    ...asText([
      ['CHF 7.50', 'CHF 7.50'],
      ['7.50 CHF', 'CHF 7.50'],
      ['CH 7', noSymbol('CH 7')],
    ]),
    ['numeric', '7.5', 'CHF 7.50'],
  ],
  ja_JP: [['numeric', '7.5', '￥8']],
}

for (const [locale, rows] of Object.entries(MONEY)) {
  testCasts(database, 'cast_to_money', rows, {
    title: `cast_to_money under ${locale}`,
    session: `SET lc_monetary = '${locale}.UTF-8'`,
  })
}

for (const locale of LOCALES) {
  const session = `SET lc_monetary = '${locale}.UTF-8'`
  const isWhole = locale === 'ja_JP'
  const amounts: Row[] = [
    ['money', '7', isWhole ? '7' : '7.00'],
    ['money', '8250', isWhole ? '8250' : '8250.00'],
    ['money', '-8250375', isWhole ? '-8250375' : '-8250375.00'],
  ]
  testCasts(database, 'cast_to_numeric', amounts, { title: `cast_to_numeric under ${locale}`, session })
  testCasts(database, 'cast_to_mathesar_money', amounts, {
    title: `cast_to_mathesar_money under ${locale}`,
    session,
  })
  const dollars = amounts.map(([type, value, text]): Row => [type, value, `(${text},USD)`])
  testCasts(database, 'cast_to_multicurrency_money', dollars, {
    title: `cast_to_multicurrency_money under ${locale}`,
    session,
  })
}

// The meaning of text does not depend on the locale's decimal mark.
const session = `SET lc_numeric = 'de_DE.UTF-8'; SET lc_monetary = 'de_DE.UTF-8'`
testCasts(
  database,
  'cast_to_numeric',
  asText([
    ['8,250.5', '8250.5'],
    ['8.250,5', '8250.5'],
    ['7.5', '7.5'],
    ['7,5', '7.5'],
  ]),
  { title: 'cast_to_numeric where the decimal mark is a comma', session },
)
testCasts(
  database,
  'cast_to_mathesar_money',
  [
    ...asText([
      ['€8,250.5', '8250.5'],
      ['8.250,5 €', '8250.5'],
      ['$8,250', noAmount('$8,250')],
    ]),
    ['money', '7.5', '7.50'],
  ],
  { title: 'cast_to_mathesar_money where the decimal mark is a comma', session },
)
testCasts(database, 'cast_to_text', [['money', '8250.5', '8.250,50 €']], {
  title: 'cast_to_text where the decimal mark is a comma',
  session,
})

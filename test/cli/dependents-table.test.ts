import { Chalk } from 'chalk'
import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import { dependentsTable, layOutDependents } from '../../src/cli/render/dependents.ts'
import { byteSize, quantity } from '../../src/cli/render/quantity.ts'
import { cascadeText, convertText, countText, remedyLines } from '../../src/cli/render/removal.ts'
import type { Dependent, RemovalSurvey } from '../../src/schema/types.ts'

const plain = new Chalk({ level: 0 })

function dependent(over: Partial<Dependent>): Dependent {
  return {
    schema: 'public',
    relation: 'people',
    column: null,
    kind: 'column',
    type: null,
    reference: 'mathesar_types.email',
    rows: null,
    counted: false,
    effects: { refuse: 'stands in the way', convert: 'is put back the same', cascade: 'is dropped' },
    refusesConvert: false,
    remedy: null,
    ...over,
  }
}

const LONG = 'a_relation_with_a_name_of_sixty_three_characters_as_long_as_it_gets'
const DEPENDENTS = [
  dependent({ column: 'mail', type: 'mathesar_types.email[]', rows: 1200, counted: true }),
  dependent({ column: 'work', type: 'public.work_mail', rows: 34000 }),
  dependent({ kind: 'index', name: 'people_mail_idx' }),
  dependent({
    relation: LONG,
    column: 'a_column_that_nobody_would_type_by_hand',
    kind: 'generated column',
    type: 'mathesar_types.mathesar_money',
    reference: 'mathesar_types.mathesar_money',
    effects: {
      refuse: 'stands in the way',
      convert:
        "can't be converted: it calls a function inside the Mathesar schemas with arguments of its own",
      cascade: 'is dropped, with its values',
    },
    refusesConvert: true,
    remedy: `ALTER TABLE public.${LONG} ALTER COLUMN a_column_that_nobody_would_type_by_hand DROP EXPRESSION;`,
  }),
  dependent({ schema: null, relation: 'pub\u001b[31m', kind: 'publication', refusesConvert: true }),
]

describe('the table of dependents', () => {
  test('the table of dependents has a line for each dependent and cuts nothing without a terminal', () => {
    const lines = dependentsTable(DEPENDENTS, { width: null, style: plain }).split('\n')
    expect(lines).toHaveLength(DEPENDENTS.length + 1)
    expect(lines[0]).toMatch(/^OBJECT +KIND +TYPE +REFERS TO +ROWS +CONVERT +CASCADE$/)
    expect(lines[1]).toMatch(/^public\.people\.mail .* 1,200 +is put back the same +is dropped$/)
    expect(lines[2]).toMatch(/public\.work_mail .*~34,000/)
    expect(lines[3]).toMatch(/^people_mail_idx on public\.people +index/)
    expect(lines[4]).toContain(`public.${LONG}.a_column_that_nobody_would_type_by_hand`)
    expect(lines[4]).toContain('with arguments of its own')
    expect(lines.join('')).not.toContain('…')
  })

  test.each([40, 60, 80, 100, 132])('fits %i columns, cuts no name and loses no effect', (width) => {
    const text = dependentsTable(DEPENDENTS, { width, style: plain })
    const name = `public.${LONG}.a_column_that_nobody_would_type_by_hand`
    // A name that is wider by itself stays whole on its line, so that it can be copied.
    for (const line of text.split('\n').filter((other) => other !== name)) {
      expect(stringWidth(line), line).toBeLessThanOrEqual(width)
    }
    expect(text.split(/ {2,}|\n/)).toContain(name)
    const joined = text.replace(/\s+/g, ' ')
    expect(joined).toContain('type: public.work_mail')
    expect(joined).toContain(
      "convert: can't be converted: it calls a function inside the Mathesar schemas with arguments " +
        'of its own',
    )
    expect(joined.split('cascade: is dropped')).toHaveLength(DEPENDENTS.length + 1)
    expect(joined).toContain('~34,000')
    expect(joined).not.toContain('~1,200')
  })

  test.each([60, 80])('puts a name that is too long at %i columns on a line of its own', (width) => {
    const text = dependentsTable(DEPENDENTS, { width, style: plain, effects: false })
    expect(text).toContain(`\npublic.${LONG}.a_column_that_nobody_would_type_by_hand\n`)
    expect(text).toMatch(/^ +generated column +mathesar_types\.mathesar_money +-$/m)
    expect(text).not.toMatch(/…|\.\.\./)
  })

  test.each([true, false])(
    'names the column that it leaves out, and no type is lost (effects: %s)',
    (effects) => {
      const options = { style: plain, effects, whole: { kind: 'same command' } } as const
      const narrow = layOutDependents(DEPENDENTS, { ...options, width: 80 })
      expect(narrow.omission).toContain('This terminal is too narrow for: TYPE.')
      expect(narrow.text).toContain('type: public.work_mail')
      expect(narrow.text).toContain('mathesar_types.email[]')
      expect(layOutDependents(DEPENDENTS, { ...options, width: null }).omission).toBeNull()
      const withoutTypes = DEPENDENTS.filter(({ type }) => type === null)
      expect(layOutDependents(withoutTypes, { ...options, width: 40 }).omission).toBeNull()
    },
  )

  test.each([
    [{ kind: 'same command' }, 'The same command with --json prints everything.'],
    [
      { kind: 'stored', name: "my d'b" },
      `To print everything: mathesarctl schema dependents 'my d'\\''b' --json`,
    ],
    [{ kind: 'none' }, 'A wider one shows everything.'],
  ] as const)(
    'names only a command about the same database for what it leaves out (%o)',
    (whole, sentence) => {
      const { omission } = layOutDependents(DEPENDENTS, { width: 80, style: plain, whole })
      expect(omission?.replace(/\s+/g, ' ')).toBe(`This terminal is too narrow for: TYPE. ${sentence}`)
    },
  )

  test('quotes names where SQL needs that', () => {
    const text = dependentsTable(
      [
        dependent({ schema: 'My schema', relation: 'People', column: 'e"mail' }),
        dependent({ relation: 'order', kind: 'index', name: 'People_idx' }),
        dependent({ relation: 'check_mail(text, "My type")', kind: 'function' }),
        dependent({ schema: '"My schema"', relation: '"F" USING btree', kind: 'operator family' }),
        dependent({ schema: 'msar', relation: '*', kind: 'publication', name: 'every thing' }),
      ],
      { width: null, style: plain },
    )
    expect(text.split('\n').map((line) => line.split(/ {2,}/)[0])).toEqual([
      'OBJECT',
      '"My schema"."People"."e""mail"',
      '"People_idx" on public."order"',
      'public.check_mail(text, "My type")',
      '"My schema"."F" USING btree',
      '"every thing" on msar.*',
    ])
  })

  test('the table of dependents has a line for each dependent on a terminal that is wide enough', () => {
    const few = DEPENDENTS.slice(0, 3)
    expect(dependentsTable(few, { width: 200, style: plain }).split('\n')).toHaveLength(4)
  })

  test('lets no name move the cursor, and is colored only where colors are on', () => {
    for (const width of [80, null]) {
      expect(dependentsTable(DEPENDENTS, { width, style: plain })).not.toContain('\u001b')
      expect(dependentsTable(DEPENDENTS, { width, style: new Chalk({ level: 1 }) })).not.toContain(
        '\u001b[31m',
      )
    }
    expect(dependentsTable(DEPENDENTS, { width: 80, style: new Chalk({ level: 1 }) })).toContain('\u001b[2m')
  })
})

test('prints the statements that clear the way whole, one a line, and a comment where none is known', () => {
  expect(remedyLines(DEPENDENTS)).toEqual([
    '-- publication "pub\\x1b[31m": change or drop it by hand',
    `ALTER TABLE public.${LONG} ALTER COLUMN a_column_that_nobody_would_type_by_hand DROP EXPRESSION;`,
  ])
  // What is built on something has to give way before it, and the same statement is needed once.
  const refused = { refusesConvert: true, remedy: 'DROP FUNCTION f();' }
  expect(
    remedyLines([
      dependent({ kind: 'function', ...refused }),
      dependent({ kind: 'function', name: 'twice', ...refused }),
      dependent({ kind: 'view', refusesConvert: true, remedy: 'DROP VIEW v;' }),
    ]),
  ).toEqual(['DROP VIEW v;', 'DROP FUNCTION f();'])
  expect(remedyLines(DEPENDENTS.slice(0, 3))).toEqual([])
})

describe('the consequences in numbers', () => {
  const survey: RemovalSurvey = {
    schemas: ['msar', '__msar', 'mathesar_types'],
    dependents: DEPENDENTS,
    mentions: [],
    convert: {
      columns: 12,
      rows: 34000,
      rewrittenTables: 2,
      rewrittenBytes: 1.2 * 1024 ** 3,
      rebuiltIndexes: 3,
      rebuiltIndexBytes: 5 * 1024 ** 2,
      lockedRelations: 9,
      rebuiltObjects: 7,
      refused: 0,
    },
    cascade: { columns: 12, rows: 34000, objects: 21, lockedRelations: 1 },
    missing: { refuse: null, convert: null, cascade: null },
    converted: [],
    rebuilt: [],
    dropped: [],
  }

  test('the consequences in numbers describe a conversion', () => {
    expect(convertText(survey)).toBe(
      '12 columns change to plain types, and the values of about 34,000 rows are kept and checked: 2 ' +
        'tables (1.2 GB) are rewritten, 3 indexes (5.0 MB) are rebuilt, 9 relations outside ' +
        'the Mathesar schemas are locked meanwhile, 7 objects are recreated.',
    )
    const small = { columns: 1, rows: 1, rewrittenTables: 0, rewrittenBytes: 0, lockedRelations: 1 }
    expect(
      convertText({
        ...survey,
        dependents: DEPENDENTS.slice(0, 1),
        convert: { ...small, rebuiltIndexes: 0, rebuiltIndexBytes: 0, rebuiltObjects: 0, refused: 0 },
      }),
    ).toBe(
      '1 column changes to a plain type, and the values of 1 row are kept and checked: no table is ' +
        'rewritten, 1 relation outside the Mathesar schemas is locked meanwhile.',
    )
  })

  test('the consequences in numbers describe a cascade', () => {
    expect(cascadeText(survey)).toBe(
      '12 columns with the values of about 34,000 rows and 9 other objects are dropped for good; 1 ' +
        'relation outside the Mathesar schemas is locked meanwhile.',
    )
  })

  test('the consequences in numbers count dependents', () => {
    expect(countText(DEPENDENTS)).toBe('3 columns of 2 tables and 2 other objects')
    expect(countText(DEPENDENTS.slice(2, 3))).toBe('1 object')
  })

  test.each([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [155_648, '152 kB'],
    [1.25 * 1024 ** 2, '1.3 MB'],
    [5 * 1024 ** 4, '5.0 TB'],
  ])('shows %i bytes as %s', (bytes, text) => {
    expect(byteSize(bytes)).toBe(text)
  })

  test('separates thousands', () => {
    expect(quantity(1_234_567, 'row')).toBe('1,234,567 rows')
    expect(quantity(1, 'row')).toBe('1 row')
  })
})

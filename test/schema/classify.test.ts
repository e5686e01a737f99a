/** Who installed the schemas, decided by what is there. */
import { describe, expect, it } from 'vitest'
import { classify } from '../../src/schema/inspect/classify.ts'
import type { Inventory, InventorySchema, RoutineBody } from '../../src/schema/inspect/inventory.ts'
import { recordParts } from '../../src/schema/inspect/record.ts'
import { BUNDLED } from '../../src/schema/sources/bundled/description.ts'
import { MATHESAR_SCHEMAS, type SchemaRecord } from '../../src/schema/types.ts'

const record: SchemaRecord = {
  source: 'bundled',
  version: '0.4.0',
  checksum: 'a'.repeat(64),
  objects: 590,
  installId: '00000000-0000-4000-8000-000000000000',
}
const { before, after } = recordParts(record)
const COMMENT = `${before}590${after}`
/** Ten routines whose bodies are in the bundled SQL. */
const BODIES = Array.from({ length: 10 }, (_, index): RoutineBody => {
  const text = BUNDLED.proof?.sql().slice(index * 1000, index * 1000 + 200) ?? ''
  return { schema: '__msar', name: `routine_${index}`, text }
})
const REMOVER = 'msar.drop_all_msar_objects(text[],boolean,boolean)'
const MODERN = ['expr_templates', 'top_level_domains']

type Counts = [msar: number | null, __msar: number | null, mathesarTypes: number | null]

/** Returns an inventory of so many routines; null: there is no such schema. */
function inventory(
  counts: Counts,
  facts: Partial<Inventory> & { comment?: string | null; ungranted?: readonly number[] } = {},
): Inventory {
  const { comment = null, ungranted = [], ...rest } = facts
  const types = rest.types ?? (counts[2] === null ? [] : [...BUNDLED.types])
  const tables = rest.tables ?? []
  const schemas = MATHESAR_SCHEMAS.flatMap((name, index): InventorySchema[] => {
    const routines = counts[index] ?? null
    if (routines === null) return []
    const isFilled =
      routines > 0 ||
      (name === 'mathesar_types' && types.length > 0) ||
      (name === 'msar' && tables.length > 0)
    return [
      {
        name,
        comment,
        isFilled,
        objects: routines + (name === 'mathesar_types' ? types.length : 0),
        routines,
        ungranted: ungranted[index] ?? 0,
        ownRelations: 0,
      },
    ]
  })
  return {
    schemas,
    tables,
    types,
    markers: [],
    hstoreCasts: [],
    sampled: 0,
    matching: 0,
    hasManifest: (rest.matching ?? 0) > 0,
    dropped: 0,
    expectedInMsar: 0,
    expectedSchemas: [],
    bodies: [],
    ...rest,
  }
}

const decide = (...args: Parameters<typeof inventory>) => classify(inventory(...args))

describe('the origin of the schemas', () => {
  it.each<[string, Counts, Parameters<typeof inventory>[1], object]>([
    ['no schema', [null, null, null], {}, { kind: 'absent' }],
    ['empty schemas', [0, 0, 0], { types: [] }, { kind: 'absent' }],
    ['empty schemas with a record', [0, 0, 0], { types: [], comment: COMMENT }, { kind: 'absent' }],
    [
      '0.11.0 after a clean install',
      [479, 17, 0],
      { tables: MODERN },
      { kind: 'foreign', releases: { oldest: '0.9.0', newest: '0.11.0' } },
    ],
    [
      '0.11.0 with a user object on a function of msar',
      [480, 17, 0],
      { tables: [...MODERN, 'all_mathesar_objects'], markers: [REMOVER] },
      { kind: 'foreign', releases: { oldest: '0.9.0', newest: '0.11.0' } },
    ],
    [
      '0.1.4 upgraded with user objects on its functions, comments kept',
      [480, 17, 3],
      {
        tables: [...MODERN, 'all_mathesar_objects'],
        comment: COMMENT,
        bodies: BODIES.slice(0, 6),
        hstoreCasts: ['mathesar_types.cast_to_uri(hstore)'],
      },
      {
        kind: 'foreign',
        releases: { oldest: '0.9.0', newest: '0.11.0' },
        staleRecord: record,
        hstoreCasts: ['mathesar_types.cast_to_uri(hstore)'],
      },
    ],
    ['types only', [null, null, 0], {}, { kind: 'remains', of: 'types', releases: null }],
    [
      'types only, with a stale record',
      [null, null, 0],
      { comment: COMMENT },
      { kind: 'remains', of: 'types', staleRecord: record },
    ],
    ['types only in empty schemas', [0, 0, 0], {}, { kind: 'remains', of: 'types' }],
    [
      'what a non-strict removal leaves',
      [1, 0, 0],
      { tables: ['all_mathesar_objects'], markers: [REMOVER], types: ['email'] },
      { kind: 'remains', of: 'removal' },
    ],
    [
      'what a non-strict removal leaves, with functions in use and a stale record',
      [4, 1, 1],
      { tables: ['all_mathesar_objects'], markers: [REMOVER], comment: COMMENT, bodies: BODIES.slice(0, 1) },
      { kind: 'remains', of: 'removal', staleRecord: record },
    ],
    [
      'msar dropped by hand',
      [null, 16, 0],
      {},
      { kind: 'remains', of: 'msar missing', releases: { oldest: '0.9.0', newest: '0.11.0' } },
    ],
    [
      'msar made empty by hand',
      [0, 17, 0],
      { comment: COMMENT },
      { kind: 'remains', of: 'msar missing', releases: { oldest: '0.9.0', newest: '0.11.0' } },
    ],
    ['a function of somebody in msar', [1, null, null], {}, { kind: 'remains', of: 'parts' }],
    ['types dropped by hand', [479, 17, null], { tables: MODERN }, { kind: 'remains', of: 'parts' }],
    [
      'one type dropped by hand',
      [479, 17, 0],
      { tables: MODERN, types: BUNDLED.types.slice(1) },
      { kind: 'remains', of: 'parts' },
    ],
    ['most of msar dropped by hand', [100, 17, 0], { tables: MODERN }, { kind: 'remains', of: 'parts' }],
    ['0.1.4 without its casts', [76, 35, 0], {}, { kind: 'remains', of: 'parts' }],
    [
      '0.1.4 with casts from hstore, which are its own',
      [76, 35, 469],
      { hstoreCasts: ['mathesar_types.cast_to_uri(hstore)'] },
      { kind: 'foreign', releases: { oldest: '0.1.4', newest: '0.1.7' }, hstoreCasts: [] },
    ],
    ['0.1.3', [72, 31, 469], {}, { kind: 'foreign', releases: { oldest: '0.1.3', newest: '0.1.3' } }],
    ['another 0.1', [60, 30, 400], {}, { kind: 'foreign', releases: { oldest: '0.1.2', newest: '0.1.7' } }],
    [
      'this program, as its manifest says',
      [76, 35, 469],
      { comment: COMMENT, sampled: 121, matching: 121, expectedInMsar: 76 },
      { kind: 'ours', record, isComplete: true, staleRecord: null },
    ],
    [
      'this program, with a third of it changed by hand',
      [76, 35, 469],
      { comment: COMMENT, sampled: 121, matching: 80, expectedInMsar: 76 },
      { kind: 'ours', isComplete: true },
    ],
    [
      'this program, without a manifest',
      [76, 35, 469],
      { comment: COMMENT, bodies: BODIES },
      { kind: 'ours', isComplete: true },
    ],
    [
      'version 0.1.0 of this program',
      [0, 0, 10],
      { comment: COMMENT, sampled: 10, matching: 10 },
      { kind: 'ours', isComplete: true },
    ],
    [
      'this program, after a removal that keeps the types',
      [null, null, 469],
      { comment: COMMENT, sampled: 10, matching: 10, expectedInMsar: 76 },
      { kind: 'ours', isComplete: false },
    ],
    [
      'this program, with msar made empty by hand',
      [0, 35, 469],
      { comment: COMMENT, sampled: 45, matching: 45, expectedInMsar: 76 },
      { kind: 'ours', isComplete: false },
    ],
    [
      'this program, without its record',
      [76, 35, 469],
      { sampled: 121, matching: 121 },
      { kind: 'foreign', releases: { oldest: '0.1.4', newest: '0.1.7' } },
    ],
    [
      '0.11.0 with a forged record',
      [479, 17, 0],
      { tables: MODERN, comment: COMMENT },
      { kind: 'foreign', record: null, staleRecord: record },
    ],
    [
      '0.1.4 with a forged record',
      [76, 35, 469],
      { comment: COMMENT, bodies: BODIES.map((body) => ({ ...body, text: `other ${body.text}` })) },
      { kind: 'foreign', releases: { oldest: '0.1.4', newest: '0.1.7' }, staleRecord: record },
    ],
    [
      '0.1.4 over this program, with the record and the manifest left',
      [76, 35, 469],
      { comment: COMMENT, sampled: 121, matching: 4, bodies: BODIES.slice(0, 2) },
      { kind: 'foreign', staleRecord: record },
    ],
  ])('the origin of the schemas is decided for %s', (_, counts, facts, expected) => {
    expect(decide(counts, facts)).toMatchObject(expected)
  })

  it('counts no function of somebody that no release granted, and names the tables that are missing', () => {
    const facts = { tables: ['top_level_domains'], ungranted: [2, 1, 0] as const }
    expect(decide([480, 18, 0], facts)).toMatchObject({
      kind: 'foreign',
      routines: { msar: 478, __msar: 17 },
      missingTables: ['expr_templates'],
    })
    // A dump omits the grants: nothing shows whose a function is.
    expect(decide([480, 18, 0], { tables: MODERN, ungranted: [480, 18, 0] })).toMatchObject({
      routines: { msar: 480, __msar: 18 },
      missingTables: [],
    })
  })

  it.each<[string, Partial<Inventory>, number]>([
    ['the manifest', { hasManifest: true, dropped: 3, bodies: BODIES }, 3],
    ['the record, where the manifest was lost', { bodies: BODIES }, 4],
  ])('knows by %s how many objects were dropped', (_, facts, dropped) => {
    expect(decide([76, 35, 469], { comment: COMMENT, ...facts })).toMatchObject({ kind: 'ours', dropped })
  })

  it('counts an object as dropped where the manifest was lost, though the number is right', () => {
    const facts = { comment: COMMENT, bodies: BODIES }
    expect(decide([80, 40, 500], facts)).toMatchObject({ kind: 'ours', dropped: 1 })
  })

  it.each<[msar: number, __msar: number, oldest: string, newest: string]>([
    [582, 35, '0.2.0', '0.2.0'],
    [568, 31, '0.2.1', '0.2.1'],
    [572, 32, '0.2.2', '0.2.2'],
    [440, 32, '0.2.3', '0.2.5'],
    [444, 32, '0.3.0', '0.3.0'],
    [446, 32, '0.4.0', '0.4.0'],
    [453, 32, '0.5.0', '0.5.0'],
    [456, 32, '0.6.0', '0.6.0'],
    [472, 27, '0.7.0', '0.7.1'],
    [478, 27, '0.8.0', '0.8.0'],
    [479, 17, '0.9.0', '0.11.0'],
  ])('names the release of %i and %i functions: %s to %s', (msar, __msar, oldest, newest) => {
    expect(decide([msar, __msar, 0], { tables: MODERN })).toMatchObject({ releases: { oldest, newest } })
  })

  it.each<[string[], object | null]>([
    [
      ['msar.add_column(regclass,jsonb,boolean)', 'msar.format_data(jsonb)'],
      { oldest: '0.9.0', newest: null },
    ],
    [['msar.format_data(jsonb)'], { oldest: '0.4.0', newest: '0.4.0' }],
    [['msar.cast_to_uuid(text)'], { oldest: '0.2.2', newest: '0.2.5' }],
    [[], null],
  ])('names a release whose numbers are not known by its functions %j', (markers, releases) => {
    expect(decide([500, 20, 0], { tables: MODERN, markers })).toMatchObject({ kind: 'foreign', releases })
  })
})

import { z } from 'zod'
import { type ErrorCode, EXIT_STATUS } from '../../errors.ts'
import {
  type CascadeCost,
  type ConvertCost,
  type ConvertedColumn,
  DEPENDENTS_STRATEGIES,
  type Dependent,
  type MathesarReleases,
  type RemovalSurvey,
} from '../../schema/types.ts'
import type { StoredSchema } from '../../store/types.ts'
import { count, objectOf } from './define.ts'

/** The objects that more than one document has. */

const [firstCode, ...otherCodes] = Object.keys(EXIT_STATUS) as [ErrorCode, ...ErrorCode[]]

export const errorCode = z
  .enum([firstCode, ...otherCodes])
  .meta({ id: 'error-code', description: 'A stable upper-case word that names one kind of failure.' })

const source = z
  .string()
  .describe('Where the SQL came from: "bundled", or "adopted" for schemas that another program installed.')
const version = z.string().nullable().describe('Version of that SQL; null where it is not known.')

/** The Mathesar schemas of a database, as far as they are stored. */
export const schemaVersion = objectOf<StoredSchema>()({ source, version }).meta({
  id: 'schema-version',
  description: 'Which Mathesar schemas a database has.',
})

/** Releases of Mathesar, as far as what a database has tells them. */
export const releases = objectOf<MathesarReleases>()({
  oldest: z.string().describe('The oldest release that it may be of, such as "0.9.0".'),
  newest: z.string().nullable().describe('The newest such release; null: it may be of any later one.'),
}).meta({ id: 'releases', description: 'The releases of Mathesar that schemas may be of.' })

/** What is left where a database has remains of an install. */
export const remainsOf = z.enum(['types', 'removal', 'msar missing', 'parts'])

/** The Mathesar schemas of a database, with the number of objects in them. */
export const installedSchema = objectOf<
  StoredSchema & { objects: number; release: MathesarReleases | null }
>()({
  source,
  version,
  objects: count().describe('Number of objects in the Mathesar schemas.'),
  release: releases
    .nullable()
    .describe('Of schemas that were adopted: the releases of Mathesar that they may be of.'),
}).meta({
  id: 'installed-schema',
  description: 'Which Mathesar schemas a database has, and how large they are.',
})

export const schemaAction = z.enum(['install', 'complete', 'upgrade', 'keep', 'adopt', 'replace']).meta({
  id: 'schema-action',
  description:
    'What the run does in the database: "install" where there were no Mathesar schemas, "complete" where some were missing, "upgrade" where an earlier version was installed; "keep" and "adopt" change nothing; "replace" puts the bundled ones in the place of others.',
})

export const dependent = objectOf<Dependent>()({
  schema: z.string().nullable().describe('Schema of the relation; null for an object that is in none.'),
  relation: z.string().describe('Name of the table, view or other object that depends.'),
  column: z.string().nullable().describe('Name of the column; null for what is no column.'),
  kind: z
    .string()
    .describe(
      'Kind of the object, such as "column", "view", "index" or "constraint"; "own object" for one that a user created inside the Mathesar schemas; "mention" for a routine whose text names the schemas.',
    ),
  type: z
    .string()
    .nullable()
    .describe(
      'Type of a column; for a domain, range or operator class the type that it is over; for an own object or a mention what it is, such as "table".',
    ),
  name: z
    .string()
    .nullable()
    .exactOptional()
    .describe(
      'Name of a constraint, index, trigger, policy, rule, statistics object or publication; "relation" is then the table that it is on.',
    ),
  reference: z
    .string()
    .describe('The object in the Mathesar schemas that it refers to; of a mention the names of the schemas.'),
  rows: count()
    .nullable()
    .describe('Rows of the relation; null where it has none, or the number is not known.'),
  counted: z
    .boolean()
    .describe('Whether the rows were counted; otherwise they are an estimate of PostgreSQL.'),
  effects: z
    .strictObject({
      refuse: z.string().describe('What "refuse" does to it.'),
      convert: z.string().describe('What "convert" does to it.'),
      cascade: z.string().describe('What "cascade" does to it.'),
    })
    .describe('What each choice of --on-dependents does to the object, in a few words for people.'),
  refusesConvert: z.boolean().describe('Whether "convert" refuses the removal because of this object.'),
  remedy: z
    .string()
    .nullable()
    .describe(
      'The SQL statement after which "convert" can go on; null where there is none, or none is needed.',
    ),
}).meta({ id: 'dependent', description: 'An object that depends on the Mathesar schemas.' })

export const convertedColumn = objectOf<ConvertedColumn>()({
  schema: z.string().describe('Schema of the relation.'),
  relation: z.string().describe('Name of the table, view or composite type.'),
  column: z.string().describe('Name of the column or attribute.'),
  type: z.string().describe('The type that it had, such as "mathesar_types.email".'),
  newType: z.string().describe('The type that it has now.'),
}).meta({
  id: 'converted-column',
  description: 'A column that a removal gives the plain type under its own.',
})

const convertCost = objectOf<ConvertCost>()({
  columns: count().describe('Columns that become plain ones.'),
  rows: count().describe('Rows of their tables, counted or estimated.'),
  rewrittenTables: count().describe('Tables that PostgreSQL writes anew.'),
  rewrittenBytes: count().describe('Size of those tables with their indexes, in bytes.'),
  rebuiltIndexes: count().describe('Indexes of other tables that PostgreSQL builds again.'),
  rebuiltIndexBytes: count().describe('Size of those indexes, in bytes.'),
  lockedRelations: count().describe('Relations that nobody else can read or write meanwhile.'),
  rebuiltObjects: count().describe(
    'Objects that are dropped and created again: views, indexes, constraints.',
  ),
  refused: count().describe("Dependents that can't be converted; with any of them nothing is changed."),
})

const cascadeCost = objectOf<CascadeCost>()({
  columns: count().describe('Columns that are dropped.'),
  rows: count().describe('Rows of their tables, counted or estimated.'),
  objects: count().describe('All objects that are dropped, the columns included.'),
  lockedRelations: count().describe('Relations that nobody else can read or write meanwhile.'),
})

export const removalCost = objectOf<Pick<RemovalSurvey, 'convert' | 'cascade'>>()({
  convert: convertCost.describe('The cost of "convert".'),
  cascade: cascadeCost.describe('The cost of "cascade".'),
}).meta({ id: 'removal-cost', description: 'What each choice of --on-dependents costs.' })

export const strategy = z.enum(DEPENDENTS_STRATEGIES)

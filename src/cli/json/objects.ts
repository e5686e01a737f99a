import { z } from 'zod'
import { DEPENDENTS_STRATEGIES } from '../../databases/interface/strategies.ts'
import type { PresentSchema } from '../../databases/stored-schema.ts'
import { type ErrorCode, EXIT_STATUS } from '../../errors.ts'
import type {
  CascadeCost,
  ConvertCost,
  ConvertedColumn,
  Dependent,
  MathesarReleases,
  RemovalSurvey,
} from '../../schema/types.ts'
import type { StoredSchema, UserAccess } from '../../store/types.ts'
import { count, objectOf } from './define.ts'

/** The definitions that several documents share. */

const [firstCode, ...otherCodes] = Object.keys(EXIT_STATUS) as [ErrorCode, ...ErrorCode[]]

export const errorCode = z
  .enum([firstCode, ...otherCodes])
  .meta({ id: 'error-code', description: 'A stable upper-case word that names one kind of failure.' })

const source = z
  .string()
  .describe(
    'Source of the SQL: "bundled"; "release" for that of a release of Mathesar; "adopted" for schemas that ' +
      'another program installed; "mathesar" for those that Mathesar recorded itself.',
  )
const version = z.string().nullable().describe('Version of that SQL; null if unknown.')

/** Who may use a database in Mathesar. */
export const userAccess = z.array(
  objectOf<UserAccess>()({
    user: z.string().describe('Name of a user of Mathesar.'),
    role: z.string().describe('Role that Mathesar connects as for this user.'),
  }),
)

/** The Mathesar schemas of a database, as far as they are stored. */
export const schemaVersion = objectOf<StoredSchema>()({ source, version }).meta({
  id: 'schema-version',
  description: 'The Mathesar schemas of a database.',
})

/** A range of releases of Mathesar, as the objects in a database allow. */
export const releases = objectOf<MathesarReleases>()({
  oldest: z.string().describe('The oldest possible release, such as "0.9.0".'),
  newest: z.string().nullable().describe('The newest possible release; null if it can be any later one.'),
}).meta({ id: 'releases', description: 'The releases of Mathesar that may have installed the schemas.' })

/** The Mathesar schemas of a database as a test finds them. */
export const presentSchema = objectOf<PresentSchema>()({
  source,
  version,
  release: releases
    .nullable()
    .exactOptional()
    .describe('For schemas that another program installed: the releases that may have; null if unknown.'),
}).meta({ id: 'present-schema', description: 'The Mathesar schemas that a database has.' })

/** The parts of an install that are left in a database. */
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
    .describe('For adopted schemas: the releases of Mathesar that may have installed them.'),
}).meta({
  id: 'installed-schema',
  description: 'The Mathesar schemas of a database, and their number of objects.',
})

export const schemaAction = z
  .enum(['install', 'complete', 'upgrade', 'keep', 'adopt', 'replace', 'switch'])
  .meta({
    id: 'schema-action',
    description:
      'What the run does in the database: "install" if there are no Mathesar schemas; "complete" if ' +
      'parts are missing; "upgrade" if an earlier version is installed; "keep" and "adopt" change ' +
      'nothing; "replace" installs them instead of a Mathesar\'s own, "switch" instead of those of another source.',
  })

export const dependent = objectOf<Dependent>()({
  schema: z.string().nullable().describe('Schema of the relation; null for an object without a schema.'),
  relation: z.string().describe('Name of the table, view or other object that depends on the schemas.'),
  column: z.string().nullable().describe('Name of the column; null for other objects.'),
  kind: z
    .string()
    .describe(
      'Kind of the object, such as "column", "view", "index" or "constraint"; "own object" for one ' +
        'that a user created inside the Mathesar schemas; "mention" for a routine whose text names the ' +
        'schemas.',
    ),
  type: z
    .string()
    .nullable()
    .describe(
      'Type of a column; for a domain, range or operator class, its base type; for an own object or a ' +
        'mention, the kind of object, such as "table".',
    ),
  name: z
    .string()
    .nullable()
    .exactOptional()
    .describe(
      'Name of a constraint, index, trigger, policy, rule, statistics object or publication; ' +
        '"relation" is then its table.',
    ),
  reference: z
    .string()
    .describe(
      'The object in the Mathesar schemas that it refers to; for a mention, the names of the ' + 'schemas.',
    ),
  rows: count()
    .nullable()
    .describe('Number of rows of the relation; null if the object has no rows or the number is unknown.'),
  counted: z.boolean().describe('Whether "rows" was counted; otherwise PostgreSQL estimated it.'),
  effects: z
    .strictObject({
      refuse: z.string().describe('The effect of "refuse".'),
      convert: z.string().describe('The effect of "convert".'),
      cascade: z.string().describe('The effect of "cascade".'),
    })
    .describe('The effect of each choice of --on-dependents on the object, as text for people.'),
  refusesConvert: z.boolean().describe('Whether "convert" refuses the removal because of this object.'),
  remedy: z
    .string()
    .nullable()
    .describe(
      'The SQL statement after which "convert" can proceed; null if there is none, or none is needed.',
    ),
}).meta({ id: 'dependent', description: 'An object that depends on the Mathesar schemas.' })

export const convertedColumn = objectOf<ConvertedColumn>()({
  schema: z.string().describe('Schema of the relation.'),
  relation: z.string().describe('Name of the table, view or composite type.'),
  column: z.string().describe('Name of the column or attribute.'),
  type: z.string().describe('The type before the removal, such as "mathesar_types.email".'),
  newType: z.string().describe('The type after the removal.'),
}).meta({
  id: 'converted-column',
  description: 'A column that a removal converts to a plain type.',
})

const convertCost = objectOf<ConvertCost>()({
  columns: count().describe('Number of columns that are converted to plain types.'),
  rows: count().describe('Number of rows of their tables, counted or estimated.'),
  rewrittenTables: count().describe('Number of tables that PostgreSQL rewrites.'),
  rewrittenBytes: count().describe('Size of those tables with their indexes, in bytes.'),
  rebuiltIndexes: count().describe('Number of indexes of other tables that PostgreSQL rebuilds.'),
  rebuiltIndexBytes: count().describe('Size of those indexes, in bytes.'),
  lockedRelations: count().describe(
    'Number of relations that other sessions cannot read or write ' + 'meanwhile.',
  ),
  rebuiltObjects: count().describe(
    'Number of objects that are dropped and created again, such as views, indexes and constraints.',
  ),
  refused: count().describe(
    'Number of dependents that cannot be converted; if there are any, the ' + 'removal changes nothing.',
  ),
})

const cascadeCost = objectOf<CascadeCost>()({
  columns: count().describe('Number of dropped columns.'),
  rows: count().describe('Number of rows of their tables, counted or estimated.'),
  objects: count().describe('Number of all dropped objects, columns included.'),
  lockedRelations: count().describe(
    'Number of relations that other sessions cannot read or write ' + 'meanwhile.',
  ),
})

export const removalCost = objectOf<Pick<RemovalSurvey, 'convert' | 'cascade'>>()({
  convert: convertCost.describe('The cost of "convert".'),
  cascade: cascadeCost.describe('The cost of "cascade".'),
}).meta({ id: 'removal-cost', description: 'The cost of each choice of --on-dependents.' })

export const strategy = z.enum(DEPENDENTS_STRATEGIES)

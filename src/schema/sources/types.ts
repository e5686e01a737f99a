import type { SqlFile } from './pieces.ts'
import type { MathesarSchema } from './schemas.ts'

/** What an install records in the user database: which SQL it was. */
export interface SchemaRecord {
  /** The name of the source, such as `bundled`. */
  source: string
  version: string
  /** SHA-256 of the SQL, hexadecimal. */
  checksum: string
  /** Number of objects installed. */
  objects: number
  /** The operation that installed it, a UUID; it proves to a later run that a killed one had committed. */
  installId: string
}

/**
 * The releases of Mathesar that schemas may come from, both ends included. `newest` null: or any later one.
 */
export interface MathesarReleases {
  oldest: string
  newest: string | null
}

/** The numbers of routines in the two schemas of functions, without a remover and what is a user's own. */
export interface RoutineCounts {
  msar: number
  __msar: number
}

/**
 * What is left where Mathesar schemas exist that no Mathesar can work with:
 * - `types`: `mathesar_types` alone, as after a removal that kept the types;
 * - `removal`: what a non-strict removal by Mathesar leaves: its remover, perhaps routines in use, and types
 *   in use;
 * - `msar missing`: `__msar` still has routines, `msar` has none;
 * - `parts`: anything else.
 */
export type RemainsOf = 'types' | 'removal' | 'msar missing' | 'parts'

/**
 * Who installed the schemas, judged by their contents:
 * - `absent`: none of the schemas exists, or those that do are empty: an install may proceed;
 * - `ours`: this program installed them, from the source that the record names. `isComplete`: nothing that
 *   Mathesar needs is missing as a whole. `dropped`: how many objects of the install are not there any more;
 * - `foreign`: a working install that this program did not create, with so many routines. `missingTables`:
 *   names of tables in `msar` that each known release from 0.2.0 on has, and this one has not;
 * - `remains`: objects, whoever created them, that no Mathesar can work with.
 */
export type SchemaOrigin =
  | { kind: 'absent'; record: null }
  | { kind: 'ours'; record: SchemaRecord; isComplete: boolean; dropped: number }
  | {
      kind: 'foreign'
      record: null
      releases: MathesarReleases | null
      routines: RoutineCounts
      missingTables: readonly string[]
    }
  | { kind: 'remains'; record: null; of: RemainsOf; releases: MathesarReleases | null }

/**
 * The name of an object in a Mathesar schema, such as `mathesar_types.uri`; lower case, so that SQL reads it
 * unquoted.
 */
export type InsideName = `${MathesarSchema}.${string}`

/** What an install puts into a database besides routines. */
export interface SchemaContents {
  /** The schemas that it creates. */
  schemas: readonly MathesarSchema[]
  /**
   * Names of its types in `mathesar_types` that columns may have. An install keeps those that exist, whoever
   * created them, and so does a replacement.
   */
  types: readonly string[]
  /**
   * Its tables. A removal drops them with their rows; any other relation inside the schemas is a user's own.
   */
  tables: readonly InsideName[]
}

/** An object whose comment holds the manifest. The manifest disappears with the object. */
export type ManifestPlace =
  /** The comment of the domain's check constraint, the first by name. No listing of psql shows it. */
  { kind: 'domain check'; domain: InsideName } | { kind: 'table'; table: InsideName }

/** Where an install records itself. */
export interface RecordPlace {
  /** The schemas whose comments are the record. */
  schemas: readonly MathesarSchema[]
  /** Where it lists what it installed, each object with a hash of its definition. */
  manifest: ManifestPlace
  /**
   * The SQL of some version may create no such object. Its install has no manifest, and the record alone
   * proves it, as long as most of the objects are there.
   */
  isManifestOptional?: true
}

/** Routines whose bodies prove an install of the source where the manifest was lost. */
export interface TextProof {
  /** The routines of these names in each schema; null: all of them. */
  routines: readonly { schema: MathesarSchema; names: readonly string[] | null }[]
  /** Fewer routines than this prove nothing; of this many or more, half must be as in the SQL. */
  fewest: number
  /** The whole SQL of the source. Called only where the manifest proves nothing. */
  sql: () => string
}

/**
 * What this program knows of a source's installs without reading its SQL: what `install`, `status`, `removal`
 * and `print` work from. `SCHEMA_SOURCES` lists all of them, so that an install is recognized whichever
 * source it came from. A removal needs nothing else: it drops what the catalog lists in the schemas, whoever
 * put it there.
 */
export interface SourceDescription extends SchemaContents {
  /** The name in the record. It never changes, and no two sources share one. */
  name: string
  /** The Mathesar that works with it, such as `Mathesar 0.1`. */
  mathesar: string
  /**
   * Releases up to 0.1.7 have `legacy` SQL, later ones `modern`: a modern Mathesar's upgrade leaves parts of
   * legacy SQL.
   */
  generation: 'legacy' | 'modern'
  /** Those of `tables` that an install keeps where they exist, whoever created them. */
  keptTables: readonly InsideName[]
  record: RecordPlace
  /** Null: only the manifest proves an install. */
  proof: TextProof | null
  /**
   * Settings of the transaction under which the SQL runs, besides those of every install; values as SQL reads
   * them.
   */
  settings: Readonly<Record<string, string>>
  /**
   * How an install follows an earlier one of the same source:
   * - `in place`: its SQL replaces what exists, and leaves what a user put inside the schemas;
   * - `drop and create`: what exists goes first, but for `types`, `keptTables` and what something outside
   *   depends on; a user's own object inside the schemas stops it;
   * - `own`: its SQL itself drops what any earlier install left, whoever installed it, but for the types and
   *   what something depends on (`SchemaSource.remover`).
   */
  upgrade: 'in place' | 'drop and create' | 'own'
  /** Decides how a version of the source may follow what the database has. */
  follow: (version: SourceVersion, origin: SchemaOrigin) => Succession
}

/** Which SQL it is. */
export interface SourceVersion {
  /** The name of the source. */
  name: string
  version: string
  /** SHA-256 over the SQL of all parts in install order, hexadecimal. */
  checksum: string
}

/** A part of a source's SQL, such as one file. */
export interface SourcePart extends SqlFile {
  /** Such as `types`; shown as progress. */
  name: string
}

/**
 * How a source may follow what a database has:
 * - `install`: nothing is there;
 * - `complete`: parts of an install of the same source are missing, or the types alone are there;
 * - `upgrade`: an earlier version of the same source is there;
 * - `keep`: the same version of it is there, or a later one;
 * - `later`: a later version is there that is not whole: the SQL of an earlier one does not complete it;
 * - `switch`: an install of another source is there, complete or not;
 * - `supersede`: a Mathesar's own install is there, or that of another source, whose place the SQL of the
 *   source takes by itself, unless the operator keeps it;
 * - `adopt`: a Mathesar's own install is there: it can be left as it is, or replaced;
 * - `refuse`: remains are there, which can only be replaced.
 */
export type Succession =
  | 'install'
  | 'complete'
  | 'upgrade'
  | 'keep'
  | 'later'
  | 'switch'
  | 'supersede'
  | 'adopt'
  | 'refuse'

/** How the SQL of a source removes what it installed. */
export interface SourceRemover {
  /** The parts that define the remover; they can run in a database that has any earlier install, or none. */
  parts: readonly SourcePart[]
  /**
   * The remover, a function of `(schemas_to_remove text[], remove_custom_types boolean, strict boolean)`,
   * schema-qualified.
   */
  routine: InsideName
}

/** The remover of one version of a source. */
export interface VersionedRemover extends SourceRemover {
  version: string
}

/** Where the SQL of the Mathesar schemas comes from: the description together with the SQL itself. */
export interface SchemaSource extends SourceDescription, SourceVersion {
  /** In install order. */
  parts: readonly SourcePart[]
  /** `null`: only the catalog tells what a removal drops. */
  remover: SourceRemover | null
  /** The place that its SQL was read from, such as a path; missing if it is part of this program. */
  origin?: string
}

import { quoteIdentifier, quoteLiteral } from '../../postgres/quote.ts'
import { CATALOG, parseAddress } from './address.ts'
import type { ColumnSettings, Definition, Remark } from './definitions.ts'
import { grantStatements } from './grants.ts'
import type { GraphObject, GraphRelation } from './graph.ts'
import { commentStatement } from './steps.ts'

/** How to put one object back. */
export interface Restoring {
  object: GraphObject
  definition: Definition
  /** The relation that it is on; undefined for one that is on none. */
  relation: GraphRelation | undefined
  /** The definition's text with plain types. */
  text: (printed: string) => string
  defaultGrantees: readonly (string | null)[]
}

/** Statements that put an object back; `fill` brings a materialized view's rows back, once everything it reads is there. */
export interface Restored {
  make: string[]
  /** What attaches the index of a partition to that of the partitioned table, and who may. */
  attach?: { owner: string; statement: string }
  /** What only the grantor of a privilege can do. */
  grants: { role: string | null; statement: string }[]
  fill: string[]
}

/** How ALTER TABLE says pg_trigger.tgenabled and pg_rewrite.ev_enabled. */
const ENABLED: Readonly<Record<string, string>> = {
  O: 'ENABLE',
  D: 'DISABLE',
  R: 'ENABLE REPLICA',
  A: 'ENABLE ALWAYS',
}

/** Makes the statements by the kind of the object. The commands are those of pg_dump's, in principle: the manual's. */
export function restoreStatements(restoring: Restoring): Restored {
  const { object, definition, relation, text } = restoring
  const on = relation?.name ?? ''
  const only = (make: string[]): Restored => ({ make, grants: [], fill: [] })
  switch (parseAddress(object.address).catalog) {
    case CATALOG.class:
      return object.detail.startsWith('index')
        ? { ...only(indexStatements(restoring)), ...attaching(definition, object.name) }
        : viewStatements(restoring)
    case CATALOG.routine:
      return routineStatements(restoring)
    case CATALOG.default: {
      const [column = ''] = definition.parts
      return only([
        `ALTER TABLE ONLY ${on} ALTER COLUMN ${quoteIdentifier(column)} SET DEFAULT ${text(definition.text)}`,
      ])
    }
    case CATALOG.constraint:
      return {
        ...only(constraintStatements(restoring)),
        ...attaching(definition, indexOf(object, relation)),
      }
    case CATALOG.rewrite: {
      return only([
        text(definition.text).replace(/;\s*$/, ''),
        ...(definition.state === 'O'
          ? []
          : [`ALTER TABLE ${on} ${ENABLED[definition.state]} RULE ${object.name}`]),
        ...remarks(`RULE ${object.name} ON ${on}`, definition.remarks),
      ])
    }
    case CATALOG.trigger: {
      const { parts, state } = definition
      const partitions = parts.flatMap((part, index) =>
        index % 2 === 0
          ? [`ALTER TABLE ONLY ${parts[index + 1]} ${ENABLED[part]} TRIGGER ${object.name}`]
          : [],
      )
      return only([
        text(definition.text),
        ...(state === 'O' ? [] : [`ALTER TABLE ${on} ${ENABLED[state]} TRIGGER ${object.name}`]),
        ...partitions,
        ...remarks(`TRIGGER ${object.name} ON ${on}`, definition.remarks),
        ...dependsOn(`TRIGGER ${object.name} ON ${on}`, definition),
      ])
    }
    case CATALOG.policy: {
      const [using, check] = definition.parts
      const clauses = [using ? ` USING (${text(using)})` : '', check ? ` WITH CHECK (${text(check)})` : '']
      return only([
        `CREATE POLICY ${object.name} ON ${on} ${definition.text}${clauses.join('')}`,
        ...remarks(`POLICY ${object.name} ON ${on}`, definition.remarks),
      ])
    }
    case CATALOG.statistics:
      return only([
        text(definition.text),
        ...(definition.state === ''
          ? []
          : [`ALTER STATISTICS ${object.name} SET STATISTICS ${definition.state}`]),
        ...remarks(`STATISTICS ${object.name}`, definition.remarks),
      ])
    case CATALOG.publicationTable: {
      const columns = definition.parts.map(quoteIdentifier).join(', ')
      const filter = definition.text === '' ? '' : ` WHERE (${text(definition.text)})`
      return only([
        `ALTER PUBLICATION ${object.name} ADD TABLE ONLY ${on}${columns === '' ? '' : ` (${columns})`}${filter}`,
      ])
    }
    default:
      return only([])
  }
}

/** The keywords that ALTER and COMMENT ON take for an object that has an owner of its own. */
export function commandName(object: GraphObject): string | null {
  const words: Record<string, string> = {
    'class v': 'VIEW',
    'class m': 'MATERIALIZED VIEW',
    'routine f': 'FUNCTION',
    'routine w': 'FUNCTION',
    'routine p': 'PROCEDURE',
    statistics: 'STATISTICS',
  }
  const word = words[object.detail]
  return word === undefined ? null : `${word} ${object.name}`
}

function viewStatements({ object, definition, text, defaultGrantees }: Restoring): Restored {
  const materialized = object.detail === 'class m'
  const command = materialized ? 'MATERIALIZED VIEW' : 'VIEW'
  const names = definition.parts.map(quoteIdentifier).join(', ')
  const clauses = [
    materialized && definition.accessMethod !== null ? ` USING ${definition.accessMethod}` : '',
    definition.options === null ? '' : ` WITH (${definition.options})`,
    definition.tablespace === null ? '' : ` TABLESPACE ${quoteIdentifier(definition.tablespace)}`,
  ]
  const create = `CREATE ${command} ${object.name} (${names})${clauses.join('')} AS\n${text(definition.text)}`
  const owner = object.owner ?? ''
  const granted = { on: `TABLE ${object.name}`, owner, defaultGrantees, openToAll: false }
  return {
    make: [
      materialized ? `${create}\nWITH NO DATA` : create,
      // Columns of a view have no settings.
      ...(materialized
        ? definition.columns.flatMap((column) => settingStatements(`ALTER ${command} ${object.name}`, column))
        : []),
      ...remarks(`${command} ${object.name}`, definition.remarks, object.name),
      ...dependsOn(`${command} ${object.name}`, definition),
    ],
    grants: [
      ...grantStatements({ ...granted, grants: definition.grants }),
      ...definition.columns.flatMap(({ name, grants }) =>
        grantStatements({ ...granted, grants, column: name, defaultGrantees: [] }),
      ),
    ],
    fill:
      definition.state === 'populated' && materialized ? [`REFRESH MATERIALIZED VIEW ${object.name}`] : [],
  }
}

function routineStatements({ object, definition, text, defaultGrantees }: Restoring): Restored {
  const name = commandName(object) ?? ''
  return {
    make: [text(definition.text), ...remarks(name, definition.remarks), ...dependsOn(name, definition)],
    grants: grantStatements({
      on: name,
      owner: object.owner ?? '',
      grants: definition.grants,
      defaultGrantees,
      openToAll: true,
    }),
    fill: [],
  }
}

/** The definition of an index of a partition names no parent. */
function attaching({ parts }: Definition, index: string): Pick<Restored, 'attach'> {
  const [parent, owner] = parts
  if (parent === undefined || owner === undefined) return {}
  return { attach: { owner, statement: `ALTER INDEX ${parent} ATTACH PARTITION ${index}` } }
}

/** A constraint's index has its name, and lies in the schema of its table. */
function indexOf(object: GraphObject, relation: GraphRelation | undefined): string {
  return `${quoteIdentifier(relation?.schema ?? '')}.${object.name}`
}

function indexColumnStatements(index: string, { columns }: Definition): string[] {
  return columns.map(
    ({ name, statistics }) => `ALTER INDEX ${index} ALTER COLUMN ${name} SET STATISTICS ${statistics}`,
  )
}

function indexStatements({ object, definition, relation, text }: Restoring): string[] {
  const on = relation?.name ?? ''
  const bare = object.name.replace(/^(?:"(?:[^"]|"")*"|[^".]+)\./, '')
  return [
    ...inTablespace(definition.tablespace, text(definition.text)),
    ...indexColumnStatements(object.name, definition),
    ...(definition.state.includes('clustered') ? [`ALTER TABLE ${on} CLUSTER ON ${bare}`] : []),
    ...(definition.state.includes('identity')
      ? [`ALTER TABLE ${on} REPLICA IDENTITY USING INDEX ${bare}`]
      : []),
    ...remarks(`INDEX ${object.name}`, definition.remarks),
    ...dependsOn(`INDEX ${object.name}`, definition),
  ]
}

function constraintStatements({ object, definition, relation, text }: Restoring): string[] {
  const on = relation?.name ?? ''
  if (relation === undefined) return []
  const { options } = definition
  // PostgreSQL prints a constraint without the storage parameters of its index.
  const withOptions = (printed: string) =>
    options === null || printed.startsWith('EXCLUDE')
      ? printed
      : printed.replace(/( DEFERRABLE)?( INITIALLY DEFERRED)?$/, (end) => ` WITH (${options})${end}`)
  const add = `ADD CONSTRAINT ${object.name} ${withOptions(text(definition.text))}`
  const index = indexOf(object, relation)
  // Each partition gets its own, under its own name.
  const only = /^constraint ([pu]|of parent)$/.test(object.detail) ? 'ONLY ' : ''
  return [
    ...inTablespace(definition.tablespace, `ALTER TABLE ${only}${on} ${add}`),
    ...(options === null || object.detail !== 'constraint x'
      ? []
      : [`ALTER INDEX ${index} SET (${options})`]),
    ...indexColumnStatements(index, definition),
    ...remarks(`INDEX ${index}`, definition.indexRemarks),
    ...(definition.state.includes('clustered') ? [`ALTER TABLE ${on} CLUSTER ON ${object.name}`] : []),
    ...(definition.state.includes('identity')
      ? [`ALTER TABLE ${on} REPLICA IDENTITY USING INDEX ${object.name}`]
      : []),
    ...remarks(`CONSTRAINT ${object.name} ON ${on}`, definition.remarks),
  ]
}

/** An index says its tablespace in no definition that PostgreSQL prints: it is the default one while it is made. */
function inTablespace(tablespace: string | null, statement: string): string[] {
  if (tablespace === null) return [statement]
  return [
    `SET LOCAL default_tablespace = ${quoteLiteral(tablespace)}`,
    statement,
    `SET LOCAL default_tablespace = ''`,
  ]
}

/** The settings of one column; `alter` is the command up to the relation's name. */
export function settingStatements(alter: string, column: ColumnSettings): string[] {
  const name = quoteIdentifier(column.name)
  return [
    ...(column.statistics === null
      ? []
      : [`${alter} ALTER COLUMN ${name} SET STATISTICS ${column.statistics}`]),
    ...(column.storage === null ? [] : [`${alter} ALTER COLUMN ${name} SET STORAGE ${column.storage}`]),
    ...(column.compression === null
      ? []
      : [`${alter} ALTER COLUMN ${name} SET COMPRESSION ${column.compression}`]),
    ...(column.options === null ? [] : [`${alter} ALTER COLUMN ${name} SET (${column.options})`]),
  ]
}

/** Comments and security labels; `relation` is the name of one whose columns have some. */
export function remarks(object: string, list: readonly Remark[] | null, relation = ''): string[] {
  return (list ?? []).map(({ column, provider, text }) => {
    const on = column === null ? object : `COLUMN ${relation}.${quoteIdentifier(column)}`
    if (provider === null) return commentStatement(on, text)
    return `SECURITY LABEL FOR ${quoteIdentifier(provider)} ON ${on} IS ${quoteLiteral(text)}`
  })
}

export function dependsOn(object: string, { extensions }: Pick<Definition, 'extensions'>): string[] {
  return extensions.map((extension) => `ALTER ${object} DEPENDS ON EXTENSION ${quoteIdentifier(extension)}`)
}

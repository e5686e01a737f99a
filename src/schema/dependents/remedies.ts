import { quoteIdentifier } from '../../postgres/quote.ts'
import { CATALOG, parseAddress } from './address.ts'
import type { Conversion } from './conversion-types.ts'
import type { GraphObject } from './graph.ts'

/** A statement that takes what can't be converted out of the way; null where no single statement does. */
export function remedyFor(address: string, conversion: Conversion): string | null {
  const { catalog, sub, oid } = parseAddress(address)
  if (catalog === CATALOG.class && sub > 0) return columnRemedy(address, conversion)
  if (catalog === CATALOG.type) {
    const type = conversion.types.byOid(oid)
    if (type === undefined) return null
    if (type.kind !== 'd') return `DROP TYPE ${type.name};`
    // All else of a domain is rebuilt.
    return type.extension === null ? `ALTER DOMAIN ${type.name} DROP DEFAULT;` : `DROP DOMAIN ${type.name};`
  }
  const table = catalog === CATALOG.class ? conversion.relations.get(oid) : undefined
  if (table !== undefined && table.ofType !== '0') return `ALTER TABLE ${table.name} NOT OF;`
  const object = conversion.objects.get(address)
  if (object === undefined) return null
  const drop = dropStatement(object, conversion)
  return drop === null ? null : `${drop};`
}

function columnRemedy(address: string, { columns, relations }: Conversion): string | null {
  const column = columns.get(address)
  const relation = relations.get(column?.relation ?? '')
  if (column === undefined || relation === undefined || relation.foreignTemporary || column.partitionKey)
    return null
  const name = quoteIdentifier(column.name)
  if (relation.kind === 'f') return `ALTER FOREIGN TABLE ${relation.name} ALTER COLUMN ${name} TYPE text;`
  if (column.generated !== '') return `ALTER TABLE ${relation.name} DROP COLUMN ${name};`
  const parent = relations.get(relation.parents.at(-1) ?? '')
  if (column.inherited > 1 && parent !== undefined)
    return `ALTER TABLE ${relation.name} NO INHERIT ${parent.name};`
  return `ALTER TABLE ${relation.name} ALTER COLUMN ${name} TYPE jsonb USING pg_catalog.to_jsonb(${name});`
}

const KINDS: Readonly<Record<string, string>> = {
  'class v': 'VIEW',
  'class m': 'MATERIALIZED VIEW',
  'class S': 'SEQUENCE',
  index: 'INDEX',
  statistics: 'STATISTICS',
  'routine f': 'FUNCTION',
  'routine w': 'FUNCTION',
  'routine p': 'PROCEDURE',
  'routine a': 'AGGREGATE',
}

/** The statement, without its semicolon, that drops an object and nothing that depends on it. */
export function dropStatement(object: GraphObject, { relations, columns }: Conversion): string | null {
  const { detail, name } = object
  const on = relations.get(object.relation)
  const kind = KINDS[detail]
  if (kind !== undefined) return `DROP ${kind} ${name}`
  switch (parseAddress(object.address).catalog) {
    case CATALOG.default: {
      if (on === undefined) return null
      const column = columns.get(`${CATALOG.class}/${object.relation}/${object.column}`)
      if (column === undefined) return null
      return `ALTER TABLE ONLY ${on.name} ALTER COLUMN ${quoteIdentifier(column.name)} DROP DEFAULT`
    }
    case CATALOG.constraint: {
      if (detail.startsWith('domain ')) {
        const domain = object.label.slice(`domain constraint ${name} on `.length)
        return `ALTER DOMAIN ${domain} DROP CONSTRAINT ${name}`
      }
      return on === undefined ? null : `ALTER TABLE ${on.name} DROP CONSTRAINT ${name}`
    }
    case CATALOG.trigger:
      return on === undefined ? null : `DROP TRIGGER ${name} ON ${on.name}`
    case CATALOG.policy:
      return on === undefined ? null : `DROP POLICY ${name} ON ${on.name}`
    case CATALOG.rewrite:
      return on === undefined ? null : `DROP RULE ${name} ON ${on.name}`
    case CATALOG.publicationTable:
      return on === undefined ? null : `ALTER PUBLICATION ${name} DROP TABLE ONLY ${on.name}`
    default:
      // The label is the kind and the name; kinds are called by the words of the command, one of them with a hyphen.
      return `DROP ${object.label
        .slice(0, object.label.length - name.length - 1)
        .replace('foreign-data', 'foreign data')
        .toUpperCase()} ${name}`
  }
}

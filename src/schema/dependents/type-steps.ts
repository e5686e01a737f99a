import { quoteIdentifier, quoteLiteral } from '../../postgres/quote.ts'
import { append } from '../append.ts'
import { addressOf, CATALOG } from './address.ts'
import type { Conversion } from './conversion-types.ts'
import type { Attribute, Definition, Definitions } from './definitions.ts'
import { doStatement } from './do-statement.ts'
import { grantStatements } from './grants.ts'
import type { GraphObject, GraphType } from './graph.ts'
import { dependsOn, remarks } from './restore.ts'
import { definer, typeRunner } from './rights.ts'
import { ownerStatement, type Step } from './steps.ts'

/** Steps around an operator's own types that are made again on plain types. */
export interface TypeSteps {
  /** Old types get other names, new ones take theirs, and casts between them are made. */
  before: Step[]
  /** Checks of domains, once all columns that are of the domain itself have the new one. */
  checks: Step[]
  /** Privileges on the new types: owners of columns may have none on them. */
  grants: Step[]
  /** Old types and casts go. */
  after: Step[]
}

/** The name that an old type has until it goes. */
function oldName(type: GraphType): { bare: string; qualified: string } {
  const bare = `mathesarctl_old_${type.oid}`
  return {
    bare: quoteIdentifier(bare),
    qualified: `${quoteIdentifier(type.schema)}.${quoteIdentifier(bare)}`,
  }
}

const MONEY_CAST = 'mathesar_types.mathesarctl_to_jsonb'

/**
 * Makes domains, composites and ranges again under their names. PostgreSQL can't change what a domain or a range is over,
 * nor a composite that columns are of, since their values name their type.
 */
export function typeSteps(
  conversion: Conversion,
  definitions: Definitions,
  text: (printed: string) => string,
): TypeSteps {
  const { graph, types } = conversion
  const rebuilt = inOrder(conversion)
  const constraints = new Map<string, GraphObject[]>()
  for (const object of conversion.objects.values()) append(constraints, object.detail, object)
  const steps: TypeSteps = { before: [], checks: [], grants: [], after: [] }
  const money = graph.types.find(
    ({ inside, bareName, kind }) => inside && kind === 'c' && bareName === 'multicurrency_money',
  )
  if (money !== undefined && graph.columns.some(({ type }) => types.holdsMoney(type))) {
    const role = definer(graph, { owner: money.owner })
    const label = `type ${money.name}`
    steps.before.push({
      phase: 'convert',
      label,
      role,
      remedy: null,
      statements: [
        // Not IMMUTABLE, which to_jsonb() is not: PostgreSQL would call it for each row instead of inlining it.
        `CREATE FUNCTION ${MONEY_CAST}(${money.name}) RETURNS jsonb LANGUAGE sql STABLE STRICT PARALLEL SAFE
  AS 'SELECT pg_catalog.to_jsonb($1)'`,
        `GRANT EXECUTE ON FUNCTION ${MONEY_CAST}(${money.name}) TO PUBLIC`,
        `CREATE CAST (${money.name} AS jsonb) WITH FUNCTION ${MONEY_CAST}(${money.name}) AS ASSIGNMENT`,
      ],
    })
    steps.after.push({
      phase: 'convert',
      label,
      role,
      remedy: null,
      statements: [`DROP CAST (${money.name} AS jsonb)`, `DROP FUNCTION ${MONEY_CAST}(${money.name})`],
    })
  }
  for (const type of rebuilt) {
    const definition = definitions.objects.get(addressOf(CATALOG.type, type.oid))
    if (definition === undefined) continue
    // A default may be a constant that checks other domains as it is read.
    const readCode = type.kind === 'd' && definition.text !== '' && type.code !== null
    const role = definer(graph, { owner: type.owner, readCode })
    const label = `${type.kind === 'd' ? 'domain' : 'type'} ${type.name}`
    const step = (statements: string[], as: Step['role'] = role): Step => ({
      phase: 'convert',
      label,
      role: as,
      remedy: null,
      statements,
    })
    const old = oldName(type)
    const word = type.kind === 'd' ? 'DOMAIN' : 'TYPE'
    const [, multirange] = definition.parts
    const granted = grantStatements({
      on: `TYPE ${type.name}`,
      owner: type.owner,
      grants: definition.grants,
      defaultGrantees: definitions.defaultGrantees,
      openToAll: true,
    })
    steps.before.push(
      step([
        `ALTER ${word} ${type.name} RENAME TO ${old.bare}`,
        ...(multirange ? renameMultirange(type, multirange) : []),
        ...createStatements(type, definition, conversion, text),
        ...remarks(`${word} ${type.name}`, definition.remarks, type.name),
        ...dependsOn(`${word} ${type.name}`, definition),
        ...castStatements(type, old.qualified, definition, conversion),
        ...ownerStatement(graph, `${word} ${type.name}`, type.owner),
      ]),
      ...(definitions.defaultGrantees.length === 0
        ? []
        : [step([`GRANT USAGE ON TYPE ${type.name} TO PUBLIC`])]),
    )
    steps.grants.push(...granted.map(({ role: grantor, statement }) => step([statement], grantor ?? role)))
    const checks = checkStatements(
      type,
      definition,
      constraints.get(`domain ${type.oid}`) ?? [],
      definitions,
      text,
    )
    if (checks.length > 0) steps.checks.push(step(checks, typeRunner(conversion, type)))
    steps.after.unshift(
      step([...dropCasts(type, old.qualified, multirange ?? null), `DROP ${word} ${old.qualified}`]),
    )
  }
  return steps
}

/** A multirange type has its own name, and a constructor without arguments that would stand in the new one's way. */
function renameMultirange(type: GraphType, multirange: string): string[] {
  const schema = quoteIdentifier(type.schema)
  const old = quoteIdentifier(`mathesarctl_old_m${type.oid}`)
  const name = `${schema}.${quoteIdentifier(multirange)}`
  return [`ALTER FUNCTION ${name}() RENAME TO ${old}`, `ALTER TYPE ${name} RENAME TO ${old}`]
}

/** Types before those that are made of them. */
function inOrder({ graph, fates, types }: Conversion): GraphType[] {
  const rebuilt = graph.types.filter(({ oid }) => fates.get(addressOf(CATALOG.type, oid))?.kind === 'rebuild')
  const ordered: GraphType[] = []
  const seen = new Set<string>()
  const visit = (oid: string) => {
    const type = types.byOid(oid)
    if (type === undefined || seen.has(oid)) return
    seen.add(oid)
    for (const part of [type.element, type.base]) visit(part)
    if (type.relation !== '0') for (const column of types.columns(type.relation)) visit(column.type)
    if (rebuilt.includes(type)) ordered.push(type)
  }
  for (const { oid } of rebuilt) visit(oid)
  return ordered
}

function createStatements(
  type: GraphType,
  definition: Definition,
  conversion: Conversion,
  text: (printed: string) => string,
): string[] {
  const create = createStatement(type, definition, conversion, text)
  const { superuser, role } = conversion.graph
  const multirangeOwner = definition.parts[4]
  if (!multirangeOwner || !superuser || multirangeOwner === role) return [create]
  // No command gives a multirange another owner than who makes it; whoever may no longer make it leaves it to the superuser.
  return [
    doStatement(`BEGIN
  SET LOCAL ROLE ${quoteIdentifier(multirangeOwner)};
  ${create};
  RESET ROLE;
EXCEPTION WHEN insufficient_privilege THEN
  ${create};
END`),
    `ALTER TYPE ${type.name} OWNER TO ${quoteIdentifier(type.owner)}`,
  ]
}

function createStatement(
  type: GraphType,
  { parts, text: printed, attributes }: Definition,
  { types }: Conversion,
  text: (printed: string) => string,
): string {
  const [collation, multirange, , difference] = parts
  const base = types.newName(type.base) ?? type.baseName
  if (type.kind === 'd') {
    const value = printed === '' ? '' : ` DEFAULT ${text(printed)}`
    return `CREATE DOMAIN ${type.name} AS ${base}${collation ? ` COLLATE ${collation}` : ''}${value}`
  }
  if (type.kind === 'r') {
    const settings = [
      `SUBTYPE = ${base}`,
      `SUBTYPE_OPCLASS = ${printed}`,
      collation ? `COLLATION = ${collation}` : '',
      difference ? `SUBTYPE_DIFF = ${difference}` : '',
      multirange
        ? `MULTIRANGE_TYPE_NAME = ${quoteIdentifier(type.schema)}.${quoteIdentifier(multirange)}`
        : '',
    ]
    return `CREATE TYPE ${type.name} AS RANGE (${settings.filter((setting) => setting !== '').join(', ')})`
  }
  const columns = attributes.map(
    (attribute) =>
      `${quoteIdentifier(attribute.name)} ${newTypeOf(attribute, types.newName)}${attribute.collation === null ? '' : ` COLLATE ${attribute.collation}`}`,
  )
  return `CREATE TYPE ${type.name} AS (${columns.join(', ')})`
}

function newTypeOf({ type, typeName }: Attribute, newName: (oid: string) => string | null): string {
  return newName(type) ?? typeName
}

/** Values of composites and ranges name their type, so they are made anew; a domain's do not. */
function castStatements(
  type: GraphType,
  old: string,
  { attributes, parts }: Definition,
  { types }: Conversion,
): string[] {
  if (type.kind === 'd') return []
  if (type.kind === 'r') {
    const [, multirange] = parts
    const oldMultirange = `${quoteIdentifier(type.schema)}.${quoteIdentifier(`mathesarctl_old_m${type.oid}`)}`
    return [
      `CREATE CAST (${old} AS ${type.name}) WITH INOUT AS ASSIGNMENT`,
      ...(multirange
        ? [
            `CREATE CAST (${oldMultirange} AS ${quoteIdentifier(type.schema)}.${quoteIdentifier(multirange)}) WITH INOUT AS ASSIGNMENT`,
          ]
        : []),
    ]
  }
  const fields = attributes.map((attribute) => {
    const field = `($1).${quoteIdentifier(attribute.name)}`
    return types.newName(attribute.type) === null ? field : `${field}::${newTypeOf(attribute, types.newName)}`
  })
  const cast = castFunction(type)
  return [
    `CREATE FUNCTION ${cast}(${old}) RETURNS ${type.name} LANGUAGE sql IMMUTABLE STRICT
  AS ${quoteLiteral(`SELECT ROW(${fields.join(', ')})::${type.name}`)}`,
    `GRANT EXECUTE ON FUNCTION ${cast}(${old}) TO PUBLIC`,
    `CREATE CAST (${old} AS ${type.name}) WITH FUNCTION ${cast}(${old}) AS ASSIGNMENT`,
  ]
}

function castFunction(type: GraphType): string {
  return `${quoteIdentifier(type.schema)}.${quoteIdentifier(`mathesarctl_cast_${type.oid}`)}`
}

function dropCasts(type: GraphType, old: string, multirange: string | null): string[] {
  if (type.kind === 'd') return []
  if (type.kind === 'c')
    return [`DROP CAST (${old} AS ${type.name})`, `DROP FUNCTION ${castFunction(type)}(${old})`]
  const schema = quoteIdentifier(type.schema)
  const both = multirange
    ? [
        `DROP CAST (${schema}.${quoteIdentifier(`mathesarctl_old_m${type.oid}`)} AS ${schema}.${quoteIdentifier(multirange)})`,
      ]
    : []
  return [`DROP CAST (${old} AS ${type.name})`, ...both]
}

function checkStatements(
  type: GraphType,
  { parts }: Definition,
  constraints: readonly GraphObject[],
  definitions: Definitions,
  text: (printed: string) => string,
): string[] {
  if (type.kind !== 'd') return []
  const [, , notNull] = parts
  const checks = constraints.flatMap((object) => {
    const check = definitions.objects.get(object.address)
    if (check === undefined) return []
    return [
      `ALTER DOMAIN ${type.name} ADD CONSTRAINT ${object.name} ${text(check.text)}`,
      ...remarks(`CONSTRAINT ${object.name} ON DOMAIN ${type.name}`, check.remarks),
    ]
  })
  return [...checks, ...(notNull ? [`ALTER DOMAIN ${type.name} SET NOT NULL`] : [])]
}

import { quoteIdentifier } from '../../postgres/quote.ts'
import { append } from '../append.ts'
import { addressOf, CATALOG, parseAddress } from './address.ts'
import type { Conversion } from './conversion-types.ts'
import type { Definitions, NotNull } from './definitions.ts'
import { rootsOf } from './fates.ts'
import { grantStatements } from './grants.ts'
import type { GraphColumn, GraphRelation } from './graph.ts'
import { remarks, settingStatements } from './restore.ts'
import { definer, familyRoles, runner } from './rights.ts'
import type { Step } from './steps.ts'

/** A column that gets another type, told at the top of its inheritance: PostgreSQL takes it down. */
interface Change {
  column: GraphColumn
  relation: GraphRelation
  newType: string
}

/** The columns that change, each at the table at the top of its inheritance. */
export function changes(conversion: Conversion): Change[] {
  const { fates, columns, relations } = conversion
  const found: Change[] = []
  for (const [address, fate] of fates) {
    const newType = fate.kind === 'alter' || fate.kind === 'plain' ? fate.newType : null
    const column = columns.get(address)
    const relation = relations.get(column?.relation ?? '')
    if (newType === null || column === undefined || relation === undefined) continue
    if (rootsOf(column, conversion).has(column.relation)) found.push({ column, relation, newType })
  }
  return found.sort(
    (a, b) => Number(a.column.relation) - Number(b.column.relation) || a.column.number - b.column.number,
  )
}

const step = (relation: GraphRelation, statements: string[], role: Step['role']): Step => ({
  phase: 'convert',
  label: `table ${relation.name}`,
  statements,
  role,
  remedy: null,
})

const alterTable = ({ kind, name }: GraphRelation) =>
  `ALTER ${kind === 'f' ? 'FOREIGN TABLE' : 'TABLE'} ${name}`

/** Statements that change types, one command a table. `contained`: those of types that contain a domain with checks. */
export function changeSteps(conversion: Conversion, contained: boolean): Step[] {
  const { types } = conversion
  const byRelation = new Map<GraphRelation, Change[]>()
  for (const change of changes(conversion)) {
    if (types.containsConstrained(change.column.type) !== contained) continue
    append(byRelation, change.relation, change)
  }
  return [...byRelation].map(([relation, list]) => {
    const actions = list.map(
      ({ column, newType }) =>
        `ALTER COLUMN ${quoteIdentifier(column.name)} TYPE ${newType}${column.collation === null ? '' : ` COLLATE ${column.collation}`}`,
    )
    return step(relation, [`${alterTable(relation)} ${actions.join(', ')}`], runner(conversion, relation))
  })
}

/** Steps that let the owners of tables see all their rows, as long as these are verified, and those that undo this. */
export function securitySteps({ graph, fates, columns, relations }: Conversion): {
  before: Step[]
  after: Step[]
} {
  const forced = [...fates.keys()].flatMap((address) => {
    const relation = relations.get(columns.get(address)?.relation ?? '')
    return relation?.forcedSecurity ? [relation] : []
  })
  const steps = (force: string) =>
    [...new Set(forced)].map((relation) =>
      step(relation, [`ALTER TABLE ${relation.name} ${force} ROW LEVEL SECURITY`], definer(graph, relation)),
    )
  return { before: steps('NO FORCE'), after: steps('FORCE') }
}

/** Steps that make way for the changes, and those that undo this; constraints against NULL come back before keys. */
export function aroundChanges(
  conversion: Conversion,
  definitions: Definitions,
): { before: Step[]; notNull: Step[]; after: Step[] } {
  const { graph, relations, types, fates, columns } = conversion
  const before: Step[] = []
  const notNull: Step[] = []
  const after: Step[] = []
  for (const [address, fate] of fates) {
    const column = columns.get(address)
    const relation = relations.get(column?.relation ?? '')
    if (fate.kind !== 'plain' || column === undefined || relation === undefined) continue
    if (!rootsOf(column, conversion).has(column.relation)) continue
    const drop = `ALTER TABLE ${relation.name} ALTER COLUMN ${quoteIdentifier(column.name)} DROP EXPRESSION`
    before.push(step(relation, [drop], familyRoles(relation, conversion).define))
  }
  for (const { column } of changes(conversion)) {
    const steps = notNullSteps(column, conversion, definitions)
    before.push(...steps.before)
    notNull.push(...steps.after)
  }
  const changed = [
    ...new Set(
      [...fates].flatMap(([address, { kind }]) => (kind === 'alter' ? [parseAddress(address).oid] : [])),
    ),
  ]
  for (const oid of changed) {
    const relation = relations.get(oid)
    if (relation === undefined) continue
    const role = definer(graph, relation)
    const composite = types.byOid(relation.ofType)
    if (composite !== undefined) {
      before.push(step(relation, [`ALTER TABLE ${relation.name} NOT OF`], role))
      after.push(step(relation, [`ALTER TABLE ${relation.name} OF ${composite.name}`], role))
    }
    // ALTER COLUMN TYPE sets how values are stored back to what is usual for the type.
    const settings = (definitions.tables.get(oid)?.columns ?? [])
      .filter(({ name }) => types.columns(oid).some((column) => column.name === name))
      .flatMap((column) =>
        settingStatements(alterTable(relation).replace(' TABLE ', ' TABLE ONLY '), {
          ...column,
          statistics: null,
          options: null,
        }),
      )
    if (settings.length > 0) after.unshift(step(relation, settings, role))
  }
  return { before, notNull, after }
}

/** A column with those in all tables that inherit it, from the top down. */
function family(top: GraphColumn, conversion: Conversion): GraphColumn[] {
  const { types, relations } = conversion
  const children = [...relations.values()]
    .filter(({ parents }) => parents.includes(top.relation))
    .flatMap(({ oid }) => types.columns(oid).filter(({ name }) => name === top.name))
  return [top, ...new Set(children.flatMap((child) => family(child, conversion)))]
}

/**
 * PostgreSQL 18 can't change the type of a column whose constraint against NULL has another name in a table that inherits
 * it: such constraints give way. One that a table only inherits PostgreSQL itself makes again, by the name of the parent's and
 * without comments.
 */
function notNullSteps(
  top: GraphColumn,
  conversion: Conversion,
  { tables }: Definitions,
): { before: Step[]; after: Step[] } {
  const { graph, relations } = conversion
  const found = family(top, conversion).flatMap((column) => {
    const relation = relations.get(column.relation)
    const constraint = tables.get(column.relation)?.notNulls.find((each) => each.column === column.name)
    return relation === undefined || constraint === undefined ? [] : [{ relation, constraint }]
  })
  const nameIn = new Map(found.map(({ relation, constraint }) => [relation.oid, constraint.name]))
  /** Its own name, which is not that of a parent. */
  const isNamed = ({ relation: { parents }, constraint: { name } }: (typeof found)[number]) =>
    parents.some((oid) => (nameIn.get(oid) ?? name) !== name)
  // To prove that no row has a NULL, PostgreSQL simplifies the table's checks, and runs functions on constants for that.
  const role = (relation: GraphRelation) => runner(conversion, relation)
  const comments = (name: string, on: string, constraint: NotNull) =>
    remarks(`CONSTRAINT ${name} ON ${on}`, constraint.remarks)
  const inherited = found.filter((each) => !each.constraint.local && !isNamed(each))
  const comment = inherited.flatMap(({ relation, constraint }) => {
    const statements = comments(constraint.name, relation.name, constraint)
    return statements.length === 0 ? [] : [step(relation, statements, definer(graph, relation))]
  })
  if (!found.some(isNamed)) return { before: [], after: comment }
  const dropped = found.filter(({ constraint }) => constraint.local)
  // PostgreSQL gives no inherited constraint another name: it is declared on the table before its parent has one again.
  const made = found.filter((each) => each.constraint.local || isNamed(each)).reverse()
  return {
    before: dropped.map(({ relation, constraint: { name } }) =>
      step(relation, [`ALTER TABLE ${relation.name} DROP CONSTRAINT ${name}`], role(relation)),
    ),
    after: [
      ...made.map(({ relation, constraint }) => {
        const { name, text } = constraint
        const add = `ALTER TABLE ${relation.name} ADD CONSTRAINT ${name} ${text}`
        return step(relation, [add, ...comments(name, relation.name, constraint)], role(relation))
      }),
      ...comment,
    ],
  }
}

/**
 * Drops a generated column, and adds it again with all that belongs to it: it becomes the last column. Where PostgreSQL can
 * change an expression, the column stays in its place.
 */
export function regenerateSteps(
  address: string,
  conversion: Conversion,
  definitions: Definitions,
  text: (printed: string) => string,
): { drop: Step; add: Step[] } | null {
  const { columns, relations, types } = conversion
  const column = columns.get(address)
  const relation = relations.get(column?.relation ?? '')
  if (column === undefined || relation === undefined || !rootsOf(column, conversion).has(column.relation))
    return null
  const expression = definitions.expressions.get(address)
  const name = quoteIdentifier(column.name)
  const role = familyRoles(relation, conversion)
  const type = types.newName(column.type) ?? column.typeName
  const clausesOf = (member: GraphColumn, generated: string) => {
    const constraint = definitions.tables
      .get(member.relation)
      ?.notNulls.find((each) => each.column === column.name)
    const isOwn = member.notNull && constraint?.local !== false
    return [
      column.collation === null ? '' : ` COLLATE ${column.collation}`,
      ` GENERATED ALWAYS AS (${generated}) ${column.generated === 'v' ? 'VIRTUAL' : 'STORED'}`,
      isOwn ? ` ${constraint === undefined ? '' : `CONSTRAINT ${constraint.name} `}NOT NULL` : '',
    ].join('')
  }
  const fate = conversion.fates.get(address)
  const plain = fate?.kind === 'regenerate' && fate.plain
  if (fate?.kind === 'recompute') {
    const set = (value: string) =>
      step(
        relation,
        [`ALTER TABLE ${relation.name} ALTER COLUMN ${name} SET EXPRESSION AS (${value})`],
        role.run,
      )
    return { drop: set(`NULL::${type}`), add: [set(text(expression?.text ?? ''))] }
  }
  const alter = `ALTER TABLE ${relation.name}`
  const copy = quoteIdentifier(`mathesarctl_copy_${column.number}`)
  // Tables that declare the column themselves keep it when their parent's goes, and have theirs first: the two become one.
  const declared = family(column, conversion).flatMap((member) => {
    const child = relations.get(member.relation)
    return member === column || !member.local || child === undefined ? [] : [{ member, child }]
  })
  const collate = column.collation === null ? '' : ` COLLATE ${column.collation}`
  // USING may read another column, and fires no trigger as an UPDATE would.
  const keep = [
    `${alter} ADD COLUMN ${copy} ${type}${collate}`,
    `${alter} ALTER COLUMN ${copy} TYPE ${type}${collate} USING ${name}::${type}`,
  ]
  const restored = plain
    ? [
        `${alter} RENAME COLUMN ${copy} TO ${name}`,
        ...(column.notNull ? [`${alter} ALTER COLUMN ${name} SET NOT NULL`] : []),
      ]
    : [`${alter} ADD COLUMN ${name} ${type}${clausesOf(column, text(expression?.text ?? ''))}`]
  return {
    drop: step(
      relation,
      [
        ...(plain ? keep : []),
        `${alter} DROP COLUMN ${name} RESTRICT`,
        ...declared.map(({ child }) => `ALTER TABLE ${child.name} DROP COLUMN ${name} RESTRICT`),
      ],
      plain ? role.run : role.define,
    ),
    add: [
      ...(plain
        ? []
        : declared.reverse().map(({ member, child }) => {
            const own = text(definitions.expressions.get(member.address)?.text ?? expression?.text ?? '')
            return step(
              child,
              [`ALTER TABLE ${child.name} ADD COLUMN ${name} ${type}${clausesOf(member, own)}`],
              role.run,
            )
          })),
      step(relation, restored, role.run),
      ...family(column, conversion).flatMap((member) => settingsSteps(member, conversion, definitions)),
    ].filter(({ statements }) => statements.length > 0),
  }
}

/** What was set and said of one column, and who may use it. */
function settingsSteps(column: GraphColumn, conversion: Conversion, { tables }: Definitions): Step[] {
  const { graph, relations } = conversion
  const relation = relations.get(column.relation)
  const facts = tables.get(column.relation)
  const settings = facts?.columns.find(({ name }) => name === column.name)
  if (relation === undefined || facts === undefined || settings === undefined) return []
  const role = definer(graph, relation)
  const notNulls = facts.notNulls.filter((each) => each.column === column.name)
  // One that is inherited has the name of that at the top.
  const isMade = (name: string) =>
    column.local ||
    [...rootsOf(column, conversion)].some((oid) =>
      tables.get(oid)?.notNulls.some((each) => each.name === name),
    )
  const grants = grantStatements({
    on: `TABLE ${relation.name}`,
    owner: relation.owner,
    grants: settings.grants,
    defaultGrantees: [],
    openToAll: false,
    column: column.name,
  })
  return [
    step(
      relation,
      [
        ...settingStatements(`ALTER TABLE ONLY ${relation.name}`, settings),
        ...remarks(
          '',
          facts.remarks.filter((remark) => remark.column === column.name),
          relation.name,
        ),
        ...notNulls.flatMap((each) =>
          remarks(`CONSTRAINT ${each.name} ON ${relation.name}`, isMade(each.name) ? each.remarks : []),
        ),
      ],
      role,
    ),
    ...grants.map(({ role: grantor, statement }) => step(relation, [statement], grantor ?? role)),
  ]
}

/**
 * Brings the planner's statistics back: those of columns go with the old type, and with them those of expressions and of
 * statistics objects. Only tables and materialized views that had some are looked at, a partitioned table with its partitions.
 */
export function analyseSteps(conversion: Conversion, definitions: Definitions): Step[] {
  const { graph, fates, relations, types } = conversion
  const lost = [...definitions.tables.values()].flatMap(({ oid, analysed }) => {
    const relation = relations.get(oid)
    const changed = types
      .columns(oid)
      .some(
        ({ number, name }) =>
          LOSES_STATISTICS.has(fates.get(addressOf(CATALOG.class, oid, number))?.kind ?? '') &&
          analysed.includes(name),
      )
    const remade = relation?.kind === 'm' && analysed.length > 0
    return relation !== undefined && relation.kind !== 'f' && (changed || remade) ? [relation] : []
  })
  const covered = (relation: GraphRelation): boolean =>
    relation.partition && lost.some(({ oid, kind }) => kind === 'p' && relation.parents.includes(oid))
  return lost
    .filter((relation) => !covered(relation))
    .map((relation) => ({
      ...step(relation, [`ANALYZE ${relation.name}`], definer(graph, relation)),
      phase: 'analyze',
    }))
}

const LOSES_STATISTICS: ReadonlySet<string> = new Set(['alter', 'plain', 'recompute', 'regenerate'])

import type { Session } from '../../postgres/types.ts'
import { findDependents } from '../dependents/dependents.ts'
import { type FutureOwner, otherOwners, planInstall, type RolePlan } from '../inspect/privileges.ts'
import type { RoleFacts } from '../inspect/state.ts'
import type { OtherOwned, SchemaState } from '../inspect/types.ts'
import { splitStatements } from '../sources/statements.ts'
import type { SchemaSource, SourcePart } from '../sources/types.ts'

/**
 * Decides as `planInstall` whether the role may install a source, and as which role. It also finds the
 * routines of other roles that the SQL would replace, which only their owner may do; it reads the database
 * where there are routines of other roles.
 *
 * Errors: those of `planInstall`; `SCHEMA_CONFLICT` for those routines.
 */
export async function checkInstall(
  session: Session,
  source: SchemaSource,
  state: SchemaState,
  facts: RoleFacts,
  owner: FutureOwner | undefined = undefined,
): Promise<RolePlan> {
  const plan = planInstall(source, state, facts, owner)
  const replaced = await replacedOfOthers(session, source, state)
  if (replaced.length > 0) throw otherOwners(replaced)
  return plan
}

/** Returns the routines of other roles that the SQL of a source replaces in place. */
async function replacedOfOthers(
  session: Session,
  source: SchemaSource,
  { kind, otherOwned }: SchemaState,
): Promise<readonly OtherOwned[]> {
  if (otherOwned.length === 0) return []
  const replaced = createdOf(otherOwned, source.parts)
  // The SQL of a release, and an install over that of another source, first drop what nothing depends on. The
  // remover of a release is there before.
  const isDropped = source.upgrade !== 'in place' || kind !== 'ours'
  const atOnce = isDropped ? createdOf(otherOwned, source.remover?.parts ?? []) : replaced
  if (replaced.length === atOnce.length) return replaced
  const dependents = await findDependents(session)
  const used = dependents.filter((one) => one.kind !== 'mention').map(({ reference }) => reference)
  return replaced.filter(
    (one) => atOnce.includes(one) || used.some((reference) => one.identity.endsWith(` ${reference}`)),
  )
}

/** Returns the routines among these objects of which SQL creates one of that name and number of arguments. */
function createdOf(objects: readonly OtherOwned[], parts: readonly SourcePart[]): OtherOwned[] {
  const created = new Set(parts.flatMap(({ pieces }) => pieces.flatMap(({ sql }) => createdRoutines(sql))))
  return objects.filter(({ identity }) => {
    const [, name, types = ''] = ROUTINE.exec(identity) ?? []
    return name !== undefined && created.has(signature(name, splitArguments(types)))
  })
}

const ROUTINE = /^(?:function|procedure|aggregate) (\w+[.]\w+)\((.*)\)$/

const CREATE = /^\s*create\s+(?:or\s+replace\s+)?(?:function|procedure|aggregate)\s+(\w+\s*[.]\s*\w+)\s*\(/i

/** Returns the routines that SQL creates, such as `msar.add_columns/3`, but for those with quoted names. */
function createdRoutines(sql: string): string[] {
  return splitStatements(sql).flatMap(({ code }) => {
    const match = CREATE.exec(code)
    if (match === null) return []
    const [{ length }, name = ''] = match
    const inputs = splitArguments(code.slice(length)).filter((argument) => !/^\s*OUT\s/i.test(argument))
    return [signature(name.replace(/\s/g, ''), inputs)]
  })
}

function signature(name: string, { length }: readonly string[]): string {
  return `${name.toLowerCase()}/${length}`
}

/** Splits a list of arguments, which ends with the text or before a parenthesis that it does not open. */
function splitArguments(text: string): string[] {
  const parts = ['']
  let depth = 0
  for (const char of text) {
    if ('(['.includes(char)) depth++
    if (')]'.includes(char) && depth-- === 0) break
    if (char === ',' && depth === 0) parts.push('')
    else parts.push(`${parts.pop()}${char}`)
  }
  const [first = ''] = parts
  return parts.length === 1 && /^\s*[*]?\s*$/.test(first) ? [] : parts
}

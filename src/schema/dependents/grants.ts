import { quoteIdentifier } from '../../postgres/quote.ts'
import type { Grant } from './definitions.ts'

const grantee = (role: string | null) => (role === null ? 'PUBLIC' : quoteIdentifier(role))

interface Granted {
  /** What the privileges are on, such as `TABLE public.v`. */
  on: string
  owner: string
  /** Null: nobody has ever granted or revoked anything. */
  grants: readonly Grant[] | null
  /** Everybody to whom default privileges may have granted something on it. */
  defaultGrantees: readonly (string | null)[]
  /** Everybody may use new objects of this kind (routines, types). */
  openToAll: boolean
  /** The column that the privileges are on; by default the whole object. */
  column?: string
}

/**
 * Statements that bring the privileges of an object that was just made to what they were. They may be given only by who
 * gave them before, hence the roles.
 */
export function grantStatements(granted: Granted): { role: string | null; statement: string }[] {
  const { on, owner, grants, defaultGrantees, openToAll, column } = granted
  if (grants === null) {
    if (defaultGrantees.length === 0 || column !== undefined) return []
    const all = [
      { role: null, statement: `REVOKE ALL ON ${on} FROM ${listed([owner, null, ...defaultGrantees])}` },
    ]
    all.push({ role: null, statement: `GRANT ALL ON ${on} TO ${quoteIdentifier(owner)}` })
    // What everybody may do with a new routine or type is their only privilege: EXECUTE or USAGE.
    if (openToAll) all.push({ role: null, statement: `GRANT ALL ON ${on} TO PUBLIC` })
    return all
  }
  const revoke =
    column === undefined
      ? [{ role: null, statement: `REVOKE ALL ON ${on} FROM ${listed([owner, null, ...defaultGrantees])}` }]
      : []
  return [...revoke, ...inOrder(grants, owner).map((grant) => toStatement(grant, granted))]
}

function toStatement({ grantor, grantee: to, privilege, grantable }: Grant, { on, owner, column }: Granted) {
  const what = column === undefined ? privilege : `${privilege} (${quoteIdentifier(column)})`
  const option = grantable && to !== owner ? ' WITH GRANT OPTION' : ''
  return {
    role: grantor === owner ? null : grantor,
    statement: `GRANT ${what} ON ${on} TO ${grantee(to)}${option}`,
  }
}

/** Whoever hands a privilege on must have it first. */
function inOrder(grants: readonly Grant[], owner: string): Grant[] {
  const ordered: Grant[] = []
  const may = new Set<string>()
  let rest = [...grants]
  while (rest.length > 0) {
    const ready = rest.filter(
      ({ grantor, privilege }) => grantor === owner || may.has(`${grantor} ${privilege}`),
    )
    if (ready.length === 0) return [...ordered, ...rest]
    for (const grant of ready) {
      ordered.push(grant)
      if (grant.grantable && grant.grantee !== null) may.add(`${grant.grantee} ${grant.privilege}`)
    }
    rest = rest.filter((grant) => !ready.includes(grant))
  }
  return ordered
}

function listed(roles: readonly (string | null)[]): string {
  return [...new Set(roles)].map(grantee).join(', ')
}

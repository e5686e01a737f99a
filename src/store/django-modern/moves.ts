import type { DjangoSession } from '../django/types.ts'
import { rowsChanged } from '../django/write.ts'
import type { SavePlan } from './save.ts'
import type { View } from './view.ts'

/**
 * Returns a check of the plans of one write, the first of which the operator agreed to: a later plan may move
 * no other user from one role to another. Errors of the check: `LOCKED`.
 */
export function movesOfFirstPlan({
  location,
}: Pick<DjangoSession, 'location'>): (view: View, plan: SavePlan) => void {
  let agreed: ReadonlySet<string> | null = null
  return (view, plan) => {
    const moves = movesOf(view, plan)
    agreed ??= new Set(moves)
    const known = agreed
    if (moves.some((move) => !known.has(move))) throw rowsChanged(location)
  }
}

/** Returns the users that a plan moves, each with the roles before and after. */
function movesOf(view: View, { database, server, maps }: SavePlan): string[] {
  if (database.id === null || server.id === null) return []
  const before = new Map(view.mapsOf(database.id).map(({ userId, roleId }) => [userId, roleId]))
  return maps.flatMap(({ userId, role }) => {
    const roleId = before.get(userId)
    const name = view.state.roles.find(({ id }) => id === roleId)?.name
    return name === undefined || name === role ? [] : [JSON.stringify([userId, name, role])]
  })
}

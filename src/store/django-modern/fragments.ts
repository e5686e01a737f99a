import { compose } from '../../postgres/compose.ts'
import { hasForms } from '../django/layout.ts'
import type { Layout } from '../django/types.ts'
import leftWithoutUseSql from './left-without-use.sql'
import roleLeavesSql from './role-leaves.sql'
import serverLeavesSql from './server-leaves.sql'
import { columnsOf } from './state.ts'

/** What goes with a database that is deleted, or that moves to another server. */
interface LeavingFragments {
  schema: string
  /** A condition on the role `r` and the database that leaves, `l`. */
  role_leaves: string
  /** A condition on the server `s` and the database that leaves, `l`. */
  server_leaves: string
}

export function leavingFragments(layout: Layout): LeavingFragments {
  const { schema } = columnsOf(layout)
  return {
    schema,
    role_leaves: compose(roleLeavesSql, { schema, role_uses: roleUses(layout) }),
    server_leaves: compose(serverLeavesSql, { schema }),
  }
}

/** Returns common table expressions that delete what a database leaves without use. */
export function leftWithoutUse(layout: Layout): string {
  return compose(leftWithoutUseSql, { ...leavingFragments(layout) })
}

/** Returns a table of the roles that databases use: by their users, and by their forms. */
function roleUses(layout: Layout): string {
  const { schema } = columnsOf(layout)
  const maps = `SELECT configured_role_id AS role_id, database_id FROM ${schema}.mathesar_userdatabaserolemap`
  if (!hasForms(layout)) return `(${maps})`
  return `(${maps} UNION ALL SELECT associated_role_id, database_id FROM ${schema}.mathesar_form)`
}

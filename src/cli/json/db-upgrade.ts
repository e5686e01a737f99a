import { z } from 'zod'
import {
  type DatabaseUpgrade,
  UPGRADE_ACTIONS,
  type UpgradeFailure,
  type UpgradeResult,
} from '../../databases/upgrade/types.ts'
import { count, objectOf, type Warnings, warnings } from './define.ts'
import { dependent, errorCode } from './objects.ts'

/** What became of one database, with the versions of the schemas alone. */
export interface UpgradeRow extends Omit<DatabaseUpgrade, 'from' | 'to'> {
  from: string | null
  to: string | null
}

export interface UpgradeDocument extends Omit<UpgradeResult, 'databases'>, Warnings {
  databases: UpgradeRow[]
}

export const dbUpgradeDocument = objectOf<UpgradeDocument>()({
  status: z
    .enum(['planned', 'done'])
    .describe('What the run did: "planned" means --dry-run, otherwise "done".'),
  databases: z
    .array(
      objectOf<UpgradeRow>()({
        name: z.string().describe('Name under which the database is stored.'),
        action: z
          .enum(UPGRADE_ACTIONS)
          .describe(
            'What the run does with the database: "none" if the schemas stay as they are; "install" if there ' +
              'are none; "complete" if parts are missing; "upgrade" if other schemas are installed; "confirm" ' +
              'if only the internal database lacks the version; "blocked" if nothing can be done.',
          ),
        from: z.string().nullable().describe('Version of the schemas before the run; null if unknown.'),
        to: z.string().nullable().describe('Version of the schemas after the run; null if unknown.'),
        ok: z.boolean().describe('Whether the database has these schemas, or will have them.'),
        error: objectOf<UpgradeFailure>()({
          code: errorCode.describe('The error code.'),
          message: z.string().describe('One sentence that states the problem.'),
          hint: z.string().describe('What the operator can do about it.'),
          dependents: z
            .array(dependent)
            .readonly()
            .exactOptional()
            .describe('The objects that are in the way.'),
          statements: z
            .array(z.string())
            .readonly()
            .exactOptional()
            .describe('Statements that solve the problem; a superuser must run them.'),
        })
          .nullable()
          .describe('The problem; null if "ok" is true.'),
      }),
    )
    .describe('The chosen databases, with one element for each.'),
  upgraded: count().describe('Number of databases that the run changed.'),
  failed: count().describe('Number of databases for which "ok" is false.'),
  ...warnings,
}).describe('The result of an upgrade.')

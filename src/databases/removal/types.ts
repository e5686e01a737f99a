import type {
  ConvertedColumn,
  Dependent,
  DependentsStrategy,
  Rehearsal,
  RelationLock,
  RemovalSurvey,
  SchemaState,
  VersionedRemover,
} from '../../schema/types.ts'

/**
 * What the operator may choose where something depends on the schemas. `leave`: the schemas stay as they are.
 */
export const REMOVAL_CHOICES = ['convert', 'keep-types', 'cascade', 'leave', 'cancel'] as const
export type RemovalChoice = (typeof REMOVAL_CHOICES)[number]

/** The step that the operator is asked to agree to. */
export type RemovalStage = 'rehearse' | 'remove'
/** `rehearse`: first run the removal and roll it back, then ask again. */
export type RemovalConsent = boolean | 'rehearse'

/** How the operator agrees to a removal; `Plan` is what the operator is shown. */
export interface RemovalConsentInput<Plan> {
  /** Runs the whole removal, rolls it back and reports, instead of the removal. */
  rehearse?: boolean
  /**
   * Called after all checks and before the first lock, and before a rehearsal too. `false` ends the removal.
   */
  confirm?: (plan: Plan, stage: RemovalStage) => Promise<RemovalConsent>
  /**
   * Called after a rehearsal that succeeded. Returns whether the removal follows; without this function none
   * does.
   */
  confirmAfterRehearsal?: (rehearsed: SchemaRemovalResult, plan: Plan) => Promise<boolean>
  /** @deprecated The former name of `confirmAfterRehearsal`. */
  goOn?: (rehearsed: SchemaRemovalResult, plan: Plan) => Promise<boolean>
}

export interface SchemaRemovalInput {
  /** Removes only `msar` and `__msar`. */
  keepTypes?: boolean
  /** The remover of the release at hand, if any; see `RemoveOptions`. */
  remover?: VersionedRemover | null | undefined
  /**
   * What to do about dependents. Without it `choose` is called if there are any; without `choose` they stop
   * the removal.
   */
  onDependents?: DependentsStrategy
  /** Called where something depends on the schemas and `onDependents` is not given. */
  choose?: (plan: RemovalOffer) => Promise<RemovalChoice>
}

/** The plan of a removal of the schemas. */
export interface SchemaRemovalPlan {
  /** The name of the PostgreSQL database. */
  database: string
  /** The Mathesar schemas that the database has, those that stay included. */
  state: SchemaState
  keepTypes: boolean
  /** The remover of the release at hand. */
  remover?: VersionedRemover | null | undefined
  /** What to do about dependents, if there are any. */
  strategy: DependentsStrategy
  /** The dependents, and the cost of each strategy. */
  survey: RemovalSurvey
  /** Only for a rehearsal: the locks that it acquires on relations. */
  locks?: RelationLock[]
  /**
   * Only for a rehearsal: the size in bytes of the tables and materialized views that it rewrites, with
   * indexes.
   */
  rewrittenBytes?: number
}

/** The same before the operator has chosen. */
export interface RemovalOffer extends Omit<SchemaRemovalPlan, 'strategy' | 'locks' | 'rewrittenBytes'> {
  /**
   * What would be in the way if the types stayed; `null` if they stay already, do not exist, or are all that
   * there is.
   */
  keepingTypes: RemovalSurvey | null
}

/** The result of every removal of the schemas, done or planned. */
export interface SchemaRemovalResult {
  /** Columns that have a plain type now, or would have one. */
  converted: ConvertedColumn[]
  /**
   * Dropped objects, or those that would be dropped: dependents such as `column public.t.email`, then the
   * schemas.
   */
  dropped: string[]
  /** Notes for the operator, such as that a generated column is now a plain one. */
  notes: string[]
  /** The schema `mathesar_types` exists and stays. */
  typesKept: boolean
  /** Only of a plan: how many objects there are in the schemas that it would drop. */
  objects?: number
  /** Only of a plan: everything that depends on the schemas, then routines that mention them. */
  dependents?: Dependent[]
  /** Only of a plan: what happens to the dependents. */
  strategy?: DependentsStrategy
  /** Only of a plan: what each strategy would cost. */
  cost?: Pick<RemovalSurvey, 'convert' | 'cascade'>
  /** Only of a plan: the objects that it would drop and restore, such as `view public.v`. */
  rebuilt?: string[]
  /** Only of a rehearsal: the locks on relations that were announced, the largest relation first. */
  locks?: RelationLock[]
  /**
   * Only of a rehearsal: the size in bytes of the tables and materialized views that it rewrites, with
   * indexes.
   */
  rewrittenBytes?: number
  /** Only of a rehearsal: the measurements. */
  rehearsal?: Rehearsal
}

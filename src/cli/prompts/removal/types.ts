import type {
  RemovalChoice,
  RemovalConsent,
  RemovalOffer,
  RemovalStage,
  SchemaRemovalPlan,
  SchemaRemovalResult,
} from '../../../databases/removal/index.ts'
import type { OperatorError } from '../../../errors.ts'
import type { Dependent } from '../../../schema/types.ts'
import type { RemovalFlags } from '../../flags/removal.ts'
import type { Reporter } from '../../terminal.ts'
import type { Prompts } from '../prompts.ts'

/** The questions of a removal, as the use case asks them. */
export interface RemovalDialogue {
  /** `undefined` if nothing may be asked: then dependents stop the removal. */
  choose: ((offer: RemovalOffer) => Promise<RemovalChoice>) | undefined
  confirm: (plan: SchemaRemovalPlan, stage: RemovalStage) => Promise<RemovalConsent>
  /** `undefined` if nothing may be asked: then the run ends with the rehearsal. */
  confirmAfterRehearsal: ((rehearsed: SchemaRemovalResult) => Promise<boolean>) | undefined
  /** Returns the objects that the agreed removal recreates; none before an agreement. */
  recreated: () => readonly string[]
}

/** What a dialogue about a removal works with. */
export interface RemovalDialogueContext {
  flags: RemovalFlags
  reporter: Reporter
  /** `null` if nothing may be asked. */
  prompts: Prompts | null
  /** Every confirmation is answered with yes. */
  yes: boolean
  /** Ends the animation of the progress before something is asked. */
  stop: () => void
  /** The name of the database, if it is a stored one. */
  stored: string | null
  /** For a stored database: the schemas may stay and only the credentials go. */
  canLeave: boolean
  /** The last question before the removal; it names what is removed. */
  question: (plan: SchemaRemovalPlan) => string
  /** The same as a sentence, above a question that has no room for it. */
  consequence: (plan: SchemaRemovalPlan) => string
  /** The error where a confirmation is needed and nothing may be asked. */
  needsYes: () => OperatorError
}

/** What the operator has seen and chosen so far. */
export interface RemovalDialogueState {
  /**
   * The dependents that were listed, how many of them were shown, and whether the types were to stay; `null`
   * before the first list.
   */
  listed: { dependents: readonly Dependent[]; shown: number; keepTypes: boolean } | null
  /** The plan that was last agreed to. */
  plan: SchemaRemovalPlan | null
  isCostShown: boolean
  /** The operator chose to rehearse before the removal. */
  shouldRehearseFirst: boolean
  /** The operator wants the removal after its rehearsal. */
  isRehearsed: boolean
}

/** So many rows are shown before a question; a list that scrolls away helps nobody. */
export const SHOWN_ROWS = 20

/** Removes the Mathesar schemas from a database, whether it is stored or not. */
export { decideRemoval, type RemovalDecision } from './decide.ts'
export { plannedRemoval } from './describe.ts'
export { aborted } from './errors.ts'
export { mentionsWarning, planRemoval } from './plan.ts'
export { runRemoval } from './run.ts'
export {
  REMOVAL_CHOICES,
  type RemovalChoice,
  type RemovalConsent,
  type RemovalConsentInput,
  type RemovalOffer,
  type RemovalStage,
  type SchemaRemovalInput,
  type SchemaRemovalPlan,
  type SchemaRemovalResult,
} from './types.ts'

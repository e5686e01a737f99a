/** The public API: the use cases and their types. Everything else may change without notice. */
export {
  type AddDatabaseInput,
  type AddDatabaseResult,
  type AddPlan,
  addDatabase,
} from './databases/add/index.ts'
export {
  EXISTING_SCHEMA_CHOICES,
  type ExistingSchemaChoice,
  type SchemaAction,
} from './databases/choose-action.ts'
export {
  type EditDatabaseInput,
  type EditDatabaseResult,
  type EditPlan,
  editDatabase,
} from './databases/edit/index.ts'
export type { ProgressEvent, RunOptions } from './databases/events.ts'
export {
  type ImportedDatabase,
  type ImportInput,
  type ImportPlan,
  type ImportResult,
  importDatabases,
} from './databases/import/index.ts'
export type { InternalDatabase } from './databases/internal-target.ts'
export { listDatabases, showDatabase } from './databases/list.ts'
export { type Recovery, recoverInterrupted } from './databases/recover/index.ts'
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
} from './databases/removal/index.ts'
export {
  type RemoveDatabaseInput,
  type RemoveDatabaseResult,
  type RemovePlan,
  removeDatabase,
} from './databases/remove/index.ts'
export {
  type RotateKeyInput,
  type RotateKeyOptions,
  type RotateKeyResult,
  type RotationPlan,
  rotateKey,
} from './databases/rotate-key/index.ts'
export {
  dependentsOf,
  type InstallSchemaResult,
  installSchemaInto,
  type RemoveSchemaInput,
  type RemoveSchemaResult,
  removeSchemaFrom,
  type SchemaStatusResult,
  schemaStatusOf,
  surveyOf,
} from './databases/schema.ts'
export { type SetupInput, type SetupResult, setup } from './databases/setup.ts'
export { type DatabaseTest, testDatabases } from './databases/test.ts'
export {
  type DatabaseUpgrade,
  type Shard,
  type UpgradeAction,
  type UpgradeInput,
  type UpgradeOptions,
  type UpgradeResult,
  upgradeDatabases,
} from './databases/upgrade/index.ts'
export { type ErrorCode, type ErrorDetails, EXIT_STATUS, OperatorError } from './errors.ts'
export { completeSettings, resolveSettings } from './postgres/settings/resolve-settings.ts'
export { type ConnectionSettings, SSL_MODES, type SslMode } from './postgres/types.ts'
export type { ConversionPhase, RemovalPhase, SchemaProgress } from './schema/session/progress.ts'
export { bundledSource, releaseSource } from './schema/sources/index.ts'
// Not from the interface of the command line, whose types need those of Node.
export { readRelease } from './schema/sources/release/read.ts'
export type { SchemaSource } from './schema/sources/types.ts'
export {
  type CascadeCost,
  type ConvertCost,
  type ConvertedColumn,
  DEPENDENTS_STRATEGIES,
  type Dependent,
  type DependentsStrategy,
  type Drift,
  type Rehearsal,
  type RelationLock,
  type RemovalSurvey,
  type SchemaStatus,
  type SurveyOptions,
} from './schema/types.ts'
export { openStore } from './store/index.ts'
export type { Store, StoredDatabase } from './store/types.ts'
export { VERSION } from './version.ts'

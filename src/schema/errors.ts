import { OperatorError } from '../errors.ts'

/**
 * The connection was lost, or the operator interrupted the program, after COMMIT was sent and before the
 * server answered: the transaction may have taken effect or not. JSON publishes it as `outcome: 'unknown'`.
 */
export class UnknownOutcomeError extends OperatorError {
  static override readonly kind = 'unknown outcome'
}

/**
 * Work on the schemas failed on an object, and the error already names the object and says how to clear the
 * way: a caller replaces neither its message nor its hint.
 */
export class ExplainedError extends OperatorError {
  static override readonly kind = 'explained'
}

/**
 * The schemas, or objects inside, belong to several roles. An install needs one owner; a superuser can remove
 * the schemas as they are.
 */
export class SeveralOwnersError extends OperatorError {
  static override readonly kind = 'several owners'
}

/** The schemas are remains, with which no Mathesar can work. JSON publishes what is left as `remains`. */
export class RemainsError extends OperatorError {
  static override readonly kind = 'remains'
}

/** The schemas are whole and of another origin: the operator may keep them, or replace them. */
export class ExistingSchemaError extends OperatorError {
  static override readonly kind = 'existing schema'
}

/** Other sessions changed the catalog while it was read; reading it again may succeed. */
export class CatalogChangedError extends OperatorError {
  static override readonly kind = 'catalog changed'
}

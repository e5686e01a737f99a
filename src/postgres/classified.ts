import type { ErrorCode, ErrorFacts } from '../errors.ts'
import type { ConnectionSettings } from './types.ts'

/** What of the settings may be told in a message. */
export type ErrorTarget = Pick<ConnectionSettings, 'host' | 'port' | 'database' | 'user' | 'sslmode'>

/** What one server error means for the operator. */
export interface Classified {
  code: ErrorCode
  message: string
  hint: string
  field?: string
  data?: Readonly<ErrorFacts>
}

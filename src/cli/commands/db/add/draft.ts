import type { PasswordSource } from '../../../../postgres/types.ts'
import type { StoredDatabase } from '../../../../store/types.ts'
import type { GivenConnection } from '../../../flags/given-connection.ts'
import type { KnownPassword } from '../../../prompts/connection.ts'
import type { Prompts } from '../../../prompts/prompts.ts'
import type { AddOptions } from './flags.ts'

/** A known password, with its origin for errors. */
export interface TracedPassword extends KnownPassword {
  passwordSource: PasswordSource | null
}

/** The values of an add that the dialogue fills and corrects. */
export interface AddDraft extends Pick<AddOptions, 'createDatabase' | 'registerOnly' | 'existingSchema'> {
  name: string
  connection: GivenConnection
  /** The password that was known before the first question. */
  given: TracedPassword | null
}

export interface AskContext {
  prompts: Prompts
  /** The names that are stored already. */
  storedNames: readonly string[]
  /** Returns a stored database. */
  find: (name: string) => Promise<StoredDatabase | null>
  env: NodeJS.ProcessEnv
}

import type { HostAddress, PasswordSource } from '../../../../postgres/types.ts'
import type { SchemaSource } from '../../../../schema/sources/types.ts'
import type { Capabilities, StoredDatabase, StoredServer } from '../../../../store/types.ts'
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
  /** The SQL to install; `null` if the add only registers. */
  source: SchemaSource | null
  /** The users of Mathesar who are to use the database; none: every active superuser. */
  users: readonly string[]
  connection: GivenConnection
  /** Where this machine reaches hosts, beside what the command line states. */
  addresses?: ReadonlyMap<string, HostAddress>
  /** The password that was known before the first question. */
  given: TracedPassword | null
}

export interface AskContext {
  prompts: Prompts
  /** The names that are stored already. */
  storedNames: readonly string[]
  capabilities: Pick<Capabilities, 'hasServers' | 'hasNicknames'>
  /** The servers that stored databases share. */
  servers: readonly StoredServer[]
  /** Returns a stored database. */
  find: (name: string) => Promise<StoredDatabase | null>
  env: NodeJS.ProcessEnv
}

import type { JournalPlace } from './live-types.ts'

/** What an encrypted value belongs to. */
export const SEALED_KINDS = ['database', 'role', 'downloadLink', 'operation'] as const

export type SealedKind = (typeof SEALED_KINDS)[number]

/** One value that Mathesar or the journal keeps encrypted, as it is stored. */
export interface SealedValue {
  kind: SealedKind
  /** Identifies what it belongs to among those of its kind. A credential may have several values. */
  id: string
  /** Names what it belongs to, for people. */
  name: string
  /** Of a role: the names of the stored databases whose users are mapped to it. */
  databases?: readonly string[]
  /** Of an operation: the journal that it is in, where the store uses another one. */
  otherJournal?: JournalPlace
  /** A token, or the plain text that somebody stored by hand. */
  text: string
}

/**
 * Returns the texts that replace values, in their order; `null` keeps a value. It may be called more than
 * once, each time with the values of one place, and with `others`, those of the other places as they were.
 */
export type Reseal = (
  values: readonly SealedValue[],
  others?: readonly SealedValue[],
) => readonly (string | null)[]

/**
 * All encrypted values of an internal database: those of Mathesar's rows, and those of the journals that this
 * process can reach. Needs no key.
 *
 * Errors of both methods: `STORE_UNAVAILABLE`, `LOCKED`, and those of the connection.
 */
export interface SealedValues {
  read(): Promise<SealedValue[]>
  /**
   * Replaces values in one transaction, in which nobody else can write them, reads them back before it
   * commits, and changes nothing else. A journal that lies elsewhere than the rows is rewritten durably
   * before the rows are committed. Where the commit of the rows then fails, the journal has the new tokens
   * already.
   *
   * @param requireStopped receives the sessions of Mathesar once nobody else can write; what it throws undoes
   *   everything
   */
  rewrite(reseal: Reseal, requireStopped?: RequireStopped): Promise<void>
}

/** Throws if those sessions must not be there; `null` where nothing shows them. */
export type RequireStopped = (sessions: MathesarSession[] | null) => void

/** A session of a Mathesar in its internal database. */
export interface MathesarSession {
  pid: number
  /** As the server shows it; Mathesar 0.4.0 and later begin it with `Mathesar`. */
  applicationName: string
  role: string | null
  /** `null` for a Unix socket. */
  address: string | null
  /** When it connected, ISO 8601 in UTC. */
  since: string | null
}

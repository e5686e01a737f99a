/** How a Mathesar was recognized. */
export type FoundKind = 'compose' | 'installation' | 'env-file' | 'sqlite-file' | 'environment'

/** The global flags that take up a Mathesar. */
export interface FoundFlags {
  envFile?: string
  internalDb?: string
  address?: string[]
}

/** A Mathesar that was found on this machine, before anything is read from its internal database. */
export interface FoundMathesar {
  kind: FoundKind
  /** The file that shows it; `null` for the environment of this process. */
  file: string | null
  /** The service of a Compose project. */
  service: string | null
  flags: FoundFlags
  /**
   * The host of its internal database, if that is a name of the containers for which the Compose file
   * publishes no port: this machine reaches it at an address that only the operator knows.
   */
  hiddenHost: string | null
  /** Another user to whom one of its files belongs. Nothing is tried with it until somebody chooses it. */
  owner: string | null
  /**
   * Why it can't be taken up as it is: a sentence, and what to do. `key`: where its secret key lies, which is
   * no problem if another place gives it.
   */
  problem: { kind: 'settings' | 'key'; message: string; hint: string } | null
}

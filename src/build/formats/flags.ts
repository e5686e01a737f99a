/**
 * A flag of `mathesarctl build` that fills one setting of a format. It knows nothing of the command line's
 * parser, and loads nothing, since help and completion read it.
 */
export interface FormatFlag<Value> {
  /** As help shows it: `--base-url <url>`, or `--deb <file...>` for several values. */
  readonly syntax: string
  /** The summary that help prints after the format's name. */
  readonly help: string
  /** All values that it accepts, where they are a closed list. */
  readonly choices?: readonly string[]
  /**
   * Returns whether a value is meant for this format, of a flag that several formats have. The operator can
   * then pass the flag once for each of them.
   */
  readonly accepts?: (word: string) => boolean
  /**
   * Reads the words that the operator passed: one, unless the flag accepts several.
   *
   * Errors: `USAGE` with the flag as its field.
   */
  read(words: readonly string[]): Value
}

export type FormatFlags = Readonly<Record<string, FormatFlag<unknown>>>

/** The settings that a format's flags fill: each is absent unless the operator passed its flag. */
export type SettingsOf<Flags extends FormatFlags> = {
  readonly [Name in keyof Flags]?: (Flags[Name] extends FormatFlag<infer Value> ? Value : never) | undefined
}

/** What help and completion need of a format. The rest of it is loaded only where something is built. */
export interface FormatDescription<Name extends string, Flags extends FormatFlags> {
  readonly name: Name
  /** A few words, for help. */
  readonly summary: string
  /** The flags that fill its settings, by the name of the setting. */
  readonly flags: Flags
}

/** Returns a flag with one value, which may be any text. */
export function textFlag(syntax: string, help: string): FormatFlag<string> {
  return { syntax, help, read: ([word = '']) => word }
}

/** Returns the name of a flag without its dashes: `base-url`. */
export function flagName({ syntax }: Pick<FormatFlag<unknown>, 'syntax'>): string {
  return syntax.replace(/^--/, '').replace(/ .*$/, '')
}

/**
 * Fills the settings of a format.
 *
 * @param wordsOf returns what the operator passed for a flag, by its name; `undefined` without that flag
 * Errors: those of the flags.
 */
export function readSettings<Flags extends FormatFlags>(
  flags: Flags,
  wordsOf: (flag: string) => readonly string[] | undefined,
): SettingsOf<Flags> {
  const settings: Record<string, unknown> = {}
  for (const [setting, flag] of Object.entries(flags)) {
    const words = wordsOf(flagName(flag))
    if (words !== undefined) settings[setting] = flag.read(words)
  }
  return settings as SettingsOf<Flags>
}

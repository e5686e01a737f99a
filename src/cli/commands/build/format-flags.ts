import { type Command, Option } from 'commander'
import { FORMAT_DESCRIPTIONS, type FormatName } from '../../../build/formats/descriptions.ts'
import { type FormatFlag, type FormatFlags, flagName, readSettings } from '../../../build/formats/flags.ts'
import type { BuildRequest } from '../../../build/request.ts'
import { usageError } from '../../../errors.ts'

/** What this module needs of a format. */
export interface FlaggedFormat {
  readonly name: FormatName
  readonly flags: FormatFlags
}

/** A flag, and the format whose setting it fills. */
interface OwnedFlag {
  readonly format: FormatName
  readonly flag: FormatFlag<unknown>
}

/**
 * Adds the flags that fill the formats' settings. The help of each begins with the name of its format. A flag
 * that several formats have is one flag, which the operator can pass once for each of them.
 */
export function addFormatFlags(command: Command): void {
  for (const owned of flagsByName(FORMAT_DESCRIPTIONS).values()) command.addOption(optionOf(owned))
}

/**
 * Reads the settings of the formats that are built.
 *
 * Errors: `USAGE` if a flag of another format was given; those of the flags.
 */
export function readFormatSettings(
  command: Command,
  formats: readonly FormatName[],
): NonNullable<BuildRequest['settings']> {
  const wordsOf = (flag: string) => givenWords(command, flag)
  refuseOtherFlags(FORMAT_DESCRIPTIONS, formats, wordsOf)
  return Object.fromEntries(FORMAT_DESCRIPTIONS.map(({ name, flags }) => [name, settingsOf(flags, wordsOf)]))
}

type WordsOf = (flag: string) => readonly string[] | undefined

/** Fills the settings of a format with the values that are meant for it. */
export function settingsOf<Flags extends FormatFlags>(flags: Flags, wordsOf: WordsOf) {
  const accepted = new Map(Object.values(flags).map((flag) => [flagName(flag), flag.accepts]))
  return readSettings(flags, (name) => {
    const accepts = accepted.get(name) ?? (() => true)
    const words = wordsOf(name)?.filter((word) => accepts(word))
    return words?.length === 0 ? undefined : words
  })
}

/**
 * Errors: `USAGE` if a flag, or a value of a flag that several formats have, is for a format that is not
 * built.
 */
export function refuseOtherFlags(
  all: readonly FlaggedFormat[],
  formats: readonly FormatName[],
  wordsOf: WordsOf,
): void {
  for (const [name, owned] of flagsByName(all)) {
    for (const word of wordsOf(name) ?? []) {
      const [owner] = owned.filter(({ flag }) => flag.accepts?.(word) ?? true)
      if (owner === undefined || formats.includes(owner.format)) continue
      const isShared = owned.length > 1
      // What the formats that are built accept, as far as it is a closed list.
      const others = owned
        .filter(({ format }) => formats.includes(format))
        .flatMap(({ format, flag }) => (flag.choices ?? []).map((one) => `--${name} ${one} for ${format}`))
      throw usageError(
        // The value is not repeated: somebody may have written a password into it.
        `${isShared ? 'The value of ' : ''}--${name} belongs to the format ${owner.format}, which is not ` +
          'among those to build.',
        `Name ${owner.format} among the formats, or ` +
          (others.length > 0 ? `write ${others.join(', or ')}.` : 'leave the flag out.'),
        name,
      )
    }
  }
}

function flagsByName(all: readonly FlaggedFormat[]): Map<string, OwnedFlag[]> {
  const owned = all.flatMap(({ name, flags }) =>
    Object.values(flags).map((flag): OwnedFlag => ({ format: name, flag })),
  )
  return Map.groupBy(owned, ({ flag }) => flagName(flag))
}

function optionOf(owned: readonly OwnedFlag[]): Option {
  const help = owned.map(({ format, flag }) => `${format}: ${flag.help}`).join('; ')
  const option = new Option(owned[0]?.flag.syntax ?? '', help)
  const choices = owned[0]?.flag.choices
  if (owned.length === 1) return choices ? option.choices(choices) : option
  return option.argParser((word, earlier: readonly string[] = []) => [...earlier, word])
}

/** Returns what the operator gave for a flag; `undefined` if it was not given. */
function givenWords(command: Command, flag: string): readonly string[] | undefined {
  const option = command.options.find(({ long }) => long === `--${flag}`)
  const value: unknown = option && command.getOptionValue(option.attributeName())
  if (value === undefined) return undefined
  return (Array.isArray(value) ? value : [value]).map(String)
}

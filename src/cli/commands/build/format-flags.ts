import { type Command, Option } from 'commander'
import { FORMAT_DESCRIPTIONS, type FormatName } from '../../../build/formats/descriptions.ts'
import { type FormatFlag, flagName, readSettings } from '../../../build/formats/flags.ts'
import type { BuildRequest } from '../../../build/request.ts'
import { usageError } from '../../../errors.ts'

/** Adds the flags that fill the formats' settings. The help of each begins with the name of its format. */
export function addFormatFlags(command: Command): void {
  for (const { name, flags } of FORMAT_DESCRIPTIONS)
    for (const flag of Object.values(flags)) command.addOption(optionOf(name, flag))
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
  return Object.fromEntries(
    FORMAT_DESCRIPTIONS.map(({ name, flags }) => {
      if (!formats.includes(name)) refuseFlags(name, Object.values(flags), wordsOf)
      return [name, readSettings(flags, wordsOf)]
    }),
  )
}

function optionOf(format: FormatName, { syntax, help, choices }: FormatFlag<unknown>): Option {
  const option = new Option(syntax, `${format}: ${help}`)
  return choices ? option.choices(choices) : option
}

function refuseFlags(
  format: FormatName,
  flags: readonly FormatFlag<unknown>[],
  wordsOf: (flag: string) => readonly string[] | undefined,
): void {
  const passedFlag = flags.map(flagName).find((flag) => wordsOf(flag) !== undefined)
  if (passedFlag === undefined) return
  throw usageError(
    `--${passedFlag} belongs to the format ${format}, which is not among those to build.`,
    `Name ${format} among the formats, or leave the flag out.`,
    passedFlag,
  )
}

/** Returns what the operator gave for a flag; `undefined` if it was not given. */
function givenWords(command: Command, flag: string): readonly string[] | undefined {
  const option = command.options.find(({ long }) => long === `--${flag}`)
  const value: unknown = option && command.getOptionValue(option.attributeName())
  if (value === undefined) return undefined
  return (Array.isArray(value) ? value : [value]).map(String)
}

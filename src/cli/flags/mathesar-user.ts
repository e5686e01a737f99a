import { Option } from 'commander'

/**
 * The users of Mathesar that a command is about; the flag can be repeated.
 *
 * @param purpose what the user can do then, as in "may use the database"
 */
export function mathesarUserOption(purpose: string): Option {
  const description = `user of Mathesar who ${purpose}; repeat the flag for several`
  return new Option('--mathesar-user <name>', description).argParser(
    (name: string, names: string[] | undefined) => [...(names ?? []), name],
  )
}

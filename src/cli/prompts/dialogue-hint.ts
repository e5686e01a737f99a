import { ExistingSchemaError, UsedByLaterError } from '../../databases/interface/mathesar-state.ts'
import type { OperatorError } from '../../errors.ts'
import { joinHints } from '../../hint.ts'
import { KEEP_EXISTING_CHOICE, REPLACE_CHOICE } from './choice-names.ts'
import { isPasswordMissing } from './password-missing.ts'

/** What a dialogue asks for in the place of a flag. */
const ASKED: Readonly<Record<string, string>> = {
  '--host': 'host',
  '--port': 'port',
  '--database': 'database name',
  '--user': 'role',
  '--sslmode': 'TLS mode',
  '--sslrootcert': '"Trusted authorities"',
  '--existing-schema replace': `the choice "${REPLACE_CHOICE}"`,
}

/** A flag in a hint; `--existing-schema` with its value. */
const FLAG = /(?<![\w-])--(?!add-host)(?:existing-schema replace|[a-z][a-z-]*)/g

/**
 * Returns the hint of an error as it reads in a dialogue: what the dialogue can ask for takes the place of
 * the flags. Other flags stay, and the hint states how to use them.
 *
 * @param explained flags that the dialogue explains itself: they stay, and nothing is stated about them
 */
export function dialogueHint(error: OperatorError, explained: readonly string[] = []): string {
  if (error instanceof ExistingSchemaError) {
    return `If another Mathesar uses this database, choose "${KEEP_EXISTING_CHOICE}", or another database.`
  }
  if (error instanceof UsedByLaterError) {
    return 'Work on this database in the later Mathesar, and choose another database here.'
  }
  if (isPasswordMissing(error)) return 'Choose "Change: Password", and type the password of the role.'
  const others = new Set<string>()
  const hint = error.hint.replace(FLAG, (flag) => {
    const asked = ASKED[flag]
    if (asked === undefined && !explained.includes(flag)) others.add(flag)
    return asked ?? flag
  })
  if (others.size === 0) return hint
  const which = [...others].join(' or ')
  return joinHints(
    hint,
    `The dialogue does not ask for ${which}: to use it, give up, and add it to the command.`,
  )
}

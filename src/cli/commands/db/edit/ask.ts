import { checkNewName } from '../../../../databases/stored-name.ts'
import type { ConnectionSettings } from '../../../../postgres/types.ts'
import type { StoredDatabase } from '../../../../store/types.ts'
import { ASKED_FIELDS, type AskedField, askField, type KnownPassword } from '../../../prompts/connection.ts'
import type { Prompts } from '../../../prompts/prompts.ts'
import { sentencesText } from '../../../render/error.ts'
import { printable } from '../../../render/printable.ts'
import type { Reporter } from '../../../terminal.ts'

interface Dialogue {
  prompts: Prompts
  reporter: Reporter
}

/** Asks for every value of a stored database, with the stored one as its default. */
export async function askChanges(
  stored: StoredDatabase,
  { prompts, reporter }: Dialogue,
): Promise<Partial<ConnectionSettings>> {
  reporter.info(
    sentencesText(
      'Enter keeps the stored value. Nothing is stored before you have seen what changes: answer "no" ' +
        'there to correct a value, to rename the database, or to store no password.',
    ),
    { isWhole: true },
  )
  reporter.info()
  let changes: Partial<ConnectionSettings> = storedValues(stored)
  for (const field of ASKED_FIELDS) {
    if (field === 'password') explainRole(stored, changes, reporter)
    changes = await askAgain(field, stored, changes, prompts)
  }
  return changes
}

/** Asks for the password of a role that is not the stored one, and returns the changes with it. */
export function askPasswordOfRole(
  stored: StoredDatabase,
  changes: Partial<ConnectionSettings>,
  { prompts, reporter }: Dialogue,
): Promise<Partial<ConnectionSettings>> {
  explainRole(stored, changes, reporter)
  return askAgain('password', stored, changes, prompts)
}

/** Warns that the stored password is that of another role, if the changes name another. */
function explainRole(
  stored: StoredDatabase,
  { user = stored.user }: Partial<ConnectionSettings>,
  reporter: Reporter,
): void {
  const role = roleOfStoredPassword(stored, user)
  if (role === user) return
  const shown = `role "${printable(user, false)}"`
  reporter.explain(
    role === null
      ? `No password of ${shown} is stored.`
      : `The stored password is that of role "${printable(role, false)}". The connection will use ${shown}.`,
  )
}

/**
 * Returns the role whose stored password a connection as `user` uses without another one: `null` if none is
 * stored. Where roles are stored by themselves (`StoredRecord.roles`), each has its own.
 */
function roleOfStoredPassword({ user: stored, roles }: StoredDatabase, user: string): string | null {
  if (roles === undefined) return stored
  return roles.includes(user) ? user : null
}

/** Asks for one value, with what is known of it as the default, and returns the changes with the answer. */
export async function askAgain(
  field: AskedField,
  stored: StoredDatabase,
  changes: Partial<ConnectionSettings>,
  prompts: Prompts,
): Promise<Partial<ConnectionSettings>> {
  const values = { ...storedValues(stored), ...changes }
  const role = roleOfStoredPassword(stored, values.user)
  const isOther = values.user !== stored.user
  const known: KnownPassword | null =
    role === null ? null : { password: null, source: 'stored', ...(isOther ? { role } : {}) }
  const answered = await askField(field, { values, sources: {}, known }, prompts)
  if (field === 'password') {
    const { password: _replaced, ...others } = changes
    // Without one among the changes, the stored password stays.
    return answered.password ? { ...others, password: answered.password } : others
  }
  return {
    ...changes,
    [field]: answered[field],
    // The question for the mode asks for the certificate that the mode needs, too.
    ...(field === 'sslmode' ? { sslrootcert: answered.sslrootcert ?? null } : {}),
  }
}

/** Asks for the new name; Enter keeps `preset`. */
export function askNewName(
  { label, storedNames }: { label: string; storedNames: readonly string[] },
  preset: string | undefined,
  prompts: Prompts,
): Promise<string> {
  return prompts.text({
    message: label,
    ...(preset === undefined ? {} : { default: preset }),
    check: (value) => (value === preset ? null : checkNewName(value, storedNames)),
  })
}

function storedValues({ host, port, database, user, sslmode, sslrootcert }: StoredDatabase) {
  return { host, port, database, user, sslmode, sslrootcert }
}

import { type ErrorCode, EXIT_STATUS } from '../errors.ts'

/** What the man pages and docs/reference.md say beside the command tree: one place, so that they cannot disagree. */

export const EXIT_STATUSES: readonly (readonly [status: number, meaning: string])[] = [
  [0, 'Done, or there was nothing to do.'],
  [1, 'A fault in this program, a lock that timed out, or an internal database that can’t be used.'],
  [2, 'Wrong usage, or an invalid value.'],
  [3, 'The server can’t be reached or used: network, TLS, missing database, version, read-only, pooler.'],
  [4, 'The server refused the credentials.'],
  [5, 'The role lacks a privilege.'],
  [6, 'The name is taken, or the target is Mathesar’s internal database.'],
  [7, 'No database is stored under that name.'],
  [8, 'Dependents, other Mathesar schemas or other records of the database stand in the way.'],
  [9, 'The secret key is missing or does not fit.'],
  [10, 'The operator said no.'],
  [130, 'Interrupted by Ctrl-C (143: by SIGTERM).'],
]

export const ERROR_CODES: Record<ErrorCode, string> = {
  USAGE: 'A flag, an argument or a value is wrong or missing.',
  CONNECTION_FAILED:
    'There is no connection: the name does not resolve, nobody listens, the server did not answer in time, or the connection was lost.',
  DATABASE_DOES_NOT_EXIST: 'The server has no database of that name.',
  UNSUPPORTED_SERVER: 'The server is not PostgreSQL 13 to 18.',
  READ_ONLY_SERVER: 'The server is a standby, or the role or database is set to read-only.',
  TLS_FAILED: 'The server does not offer TLS as the sslmode asks, or its certificate can’t be trusted.',
  POOLED_CONNECTION: 'A pooler in transaction mode stands before the server.',
  AUTHENTICATION_FAILED: 'The server refused role or password, or a token.',
  INSUFFICIENT_PRIVILEGE:
    'The role lacks a privilege, and the hint has the GRANT that would mend it; or a token does.',
  NAME_TAKEN:
    'The name stands for another database already, or the version for another package in a registry.',
  INTERNAL_DATABASE_TARGET: 'The target is Mathesar’s internal database.',
  NOT_FOUND: 'No database is stored under that name, or a registry is not there.',
  DEPENDENTS_EXIST:
    'Objects depend on the Mathesar schemas, or other stored databases use them; they are listed.',
  SCHEMA_CONFLICT: 'There are Mathesar schemas that stand in the way of what was asked for.',
  SECRET_KEY_MISSING: 'No secret key was found.',
  SECRET_KEY_MISMATCH: 'The secret key does not open what is stored.',
  ABORTED: 'The operator said no (exit status 10), or interrupted the run (130, 143).',
  LOCKED: 'Somebody else holds a lock for longer than the timeout.',
  STORE_UNAVAILABLE: 'The internal database can’t be opened or written.',
  INTERNAL: 'A fault in this program, or an error of the server that it does not know.',
}

/** An error code with the exit status that belongs to it. */
export function errorCodeRows(): (readonly [code: ErrorCode, status: number, meaning: string])[] {
  return (Object.keys(ERROR_CODES) as ErrorCode[]).map(
    (code) => [code, EXIT_STATUS[code], ERROR_CODES[code]] as const,
  )
}

export const ENVIRONMENT: readonly (readonly [variable: string, meaning: string])[] = [
  ['MATHESAR_INTERNAL_DB', 'The internal database, as --internal-db, but not one of another user.'],
  [
    'MATHESAR_SECRET_KEY_FILE',
    'File with the secret key, as --secret-key-file, but not one of another user.',
  ],
  ['SECRET_KEY', 'The secret key itself, as Mathesar reads it.'],
  [
    'POSTGRES_DB, POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_HOST, POSTGRES_PORT',
    'Mathesar’s own internal database on PostgreSQL: refused as a user database.',
  ],
  ['PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD', 'Defaults of a connection, as in libpq.'],
  ['PGSSLMODE, PGSSLROOTCERT, PGSSLCERT, PGSSLKEY', 'TLS, as in libpq.'],
  ['PGSERVICE, PGSERVICEFILE, PGSYSCONFDIR', 'A service and the files it may be in, as in libpq.'],
  ['PGPASSFILE', 'The password file, as in libpq; ignored, with a warning, if others can read it.'],
  ['PGCONNECT_TIMEOUT', 'Seconds to wait for a connection.'],
  ['NO_COLOR, FORCE_COLOR', 'No colours, or colours even without a terminal, if not empty.'],
  [
    'SOURCE_DATE_EPOCH',
    'The time of what mathesarctl build creates, in seconds since 1970; without it that of the version.',
  ],
  ['GNUPGHOME', 'Where gpg has the key of an apt repository.'],
  [
    'MATHESARCTL_SIGN_PASSPHRASE_FILE',
    'File whose first line is the passphrase of that key; without it gpg-agent is asked.',
  ],
  [
    'GITLAB_URL, GITLAB_PROJECT, GITLAB_TOKEN',
    'The server, the project and the token of mathesarctl build --push gitlab; in GitLab’s CI, CI_API_V4_URL, CI_PROJECT_ID and CI_JOB_TOKEN.',
  ],
  ['CI', 'If set, nothing is ever asked.'],
  [
    'XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_CACHE_HOME, HOME',
    'Where the files are; relative values are ignored. Nothing is read or created below a directory of another user, such as the home directory of the user who called sudo.',
  ],
]

export const FILES: readonly (readonly [path: string, meaning: string])[] = [
  [
    '$XDG_CONFIG_HOME/mathesarctl/config.yaml',
    'Optional defaults for global flags: internal-db, secret-key-file, env-file, no-input, no-color, quiet, verbose. XDG_CONFIG_HOME is ~/.config if not set.',
  ],
  [
    '$XDG_CONFIG_HOME/mathesarctl/secret_key',
    'The secret key that setup creates: mode 0600, in a directory of mode 0700, without a line break at its end.',
  ],
  [
    '$XDG_DATA_HOME/mathesarctl/internal.sqlite3',
    'The internal database, mode 0600, in a directory that nobody else can write to. XDG_DATA_HOME is ~/.local/share if not set.',
  ],
  [
    '$XDG_CACHE_HOME/mathesarctl/',
    'Compiled code of this program, which makes it start faster, with mode 0700; may be deleted at any time. It is not used where anybody but the user and root could write to it or to a directory above it. XDG_CACHE_HOME is ~/.cache if not set.',
  ],
  [
    '/etc/mathesar/mathesarctl.yaml',
    'Where this file exists and can be read, it holds instead of config.yaml, with /etc/mathesar/secret_key and /var/lib/mathesar/internal.sqlite3 as defaults. A group that root lets read it may write to these two as well.',
  ],
  ['~/.pgpass, ~/.pg_service.conf, ~/.postgresql/', 'libpq’s password file, service file and certificates.'],
  [
    '.secrets/secret_key.txt',
    'The key that Mathesar itself creates, below its own directory: the one secret key file that other users may be able to read, with a warning; and so may one that a container engine mounts read-only.',
  ],
]

export const SECURITY: readonly string[] = [
  'User names and passwords are kept as Fernet tokens under a key that is derived from the secret key, exactly as Mathesar keeps them. Whoever has both the secret key and the internal database has the passwords: keep them apart in backups, and keep a copy of the key, for without it the credentials are lost.',
  'One’s own files and those of root are used. Those of one other user are used only if --secret-key-file, --internal-db, --env-file, --password-file or a configuration file names them; a variable of the environment does not count, since sudo may pass it on from another user. What a third user can write to, or replace by writing to a directory on the way to it, is refused; a directory such as /tmp, where users can’t replace each other’s files, is no such directory, except for the internal database.',
  'No flag takes the text of a password, for it would show in the list of processes. A DSN with a password on the command line draws a warning; --dsn - reads it from standard input. Passwords are in no message, no log and no JSON.',
  'The sslmodes below verify-ca do not check who the server is. Across a network that is not your own use verify-full.',
  'The Mathesar schemas are installed and removed in one transaction, as the role that owns them; a superuser’s run does not take them over. What depends on them is changed or dropped only where the operator chose that with the list of it before their eyes, and nothing that was not on the list.',
]

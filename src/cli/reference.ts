import { type ErrorCode, EXIT_STATUS } from '../errors.ts'

/** The sections of the man pages that do not come from the command tree. */

export const EXIT_STATUSES: readonly (readonly [status: number, meaning: string])[] = [
  [0, 'The command succeeded, or there was nothing to do.'],
  [1, 'An internal error, a lock timeout, or an internal database that cannot be used.'],
  [2, 'The usage is wrong, or a value is invalid.'],
  [3, 'The server cannot be reached or used: network, TLS, missing database, version, read-only, pooler.'],
  [4, 'The server refused the credentials.'],
  [5, 'The role lacks a privilege.'],
  [6, "The name or the file is taken, or the target is Mathesar's internal database."],
  [7, 'No database is stored under that name.'],
  [8, 'Dependents, other Mathesar schemas or other records of the database prevent the operation.'],
  [9, 'The secret key is missing or is the wrong one.'],
  [10, 'The operator declined.'],
  [130, 'Ctrl-C interrupted the command (143: SIGTERM did).'],
]

export const ERROR_CODES: Record<ErrorCode, string> = {
  USAGE: 'A flag, an argument or a value is wrong or missing.',
  CONNECTION_FAILED:
    'The connection failed: the name does not resolve, no server listens, the server did not answer ' +
    'in time, or the connection was lost.',
  DATABASE_DOES_NOT_EXIST: 'The server has no database of that name.',
  UNSUPPORTED_SERVER:
    'The server is not PostgreSQL 13 to 18, or a registry does not follow the protocol of registries.',
  READ_ONLY_SERVER: 'The server is a standby, or the role or database is set to read-only.',
  TLS_FAILED:
    'The server does not offer the TLS that the sslmode requires, or its certificate is not trusted; or a ' +
    'registry leads from https to plain HTTP.',
  POOLED_CONNECTION: 'The connection goes through a pooler in transaction mode.',
  AUTHENTICATION_FAILED: 'The server refused the role, the password or a token.',
  INSUFFICIENT_PRIVILEGE:
    'The role lacks a privilege, and the hint contains the GRANT statement; or a token lacks a permission.',
  NAME_TAKEN:
    'Another database already has the name, a registry already has another package or image of the ' +
    'version, or a file of that name exists and is never overwritten.',
  INTERNAL_DATABASE_TARGET: "The target is Mathesar's internal database.",
  NOT_FOUND: 'No database is stored under that name, or a registry does not exist.',
  DEPENDENTS_EXIST:
    'Objects depend on the Mathesar schemas, or other stored databases use them; the error lists them.',
  SCHEMA_CONFLICT: 'Existing Mathesar schemas prevent the operation.',
  SECRET_KEY_MISSING: 'No secret key was found.',
  SECRET_KEY_MISMATCH: 'The secret key cannot decrypt the stored credentials.',
  ABORTED: 'The operator declined (exit status 10) or interrupted the run (130, 143).',
  LOCKED: 'Another session or process held a lock for longer than the timeout.',
  STORE_UNAVAILABLE: 'The internal database cannot be opened or written.',
  INTERNAL: 'An internal error of this program, or a server error that it does not recognize.',
}

/** Returns each error code with its exit status and meaning. */
export function errorCodeRows(): (readonly [code: ErrorCode, status: number, meaning: string])[] {
  return (Object.keys(ERROR_CODES) as ErrorCode[]).map(
    (code) => [code, EXIT_STATUS[code], ERROR_CODES[code]] as const,
  )
}

export const ENVIRONMENT: readonly (readonly [variable: string, meaning: string])[] = [
  ['MATHESAR_INTERNAL_DB', 'The internal database, like --internal-db, but never a file of another user.'],
  [
    'MATHESAR_SECRET_KEY_FILE',
    'The file with the secret key, like --secret-key-file, but never a file of another user.',
  ],
  ['SECRET_KEY', 'The secret key itself, as Mathesar reads it.'],
  [
    'POSTGRES_DB, POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_HOST, POSTGRES_PORT',
    "Mathesar's own internal database on PostgreSQL, which cannot be a user database. setup finds it by " +
      'these variables. Other commands work on it only if a flag, MATHESAR_INTERNAL_DB, the configuration ' +
      'file or /etc/mathesar/mathesar.env names it; they take POSTGRES_PASSWORD from the environment if a ' +
      'URL names the same database and role without a password.',
  ],
  [
    'PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD',
    'Connection defaults, as in libpq. Values of a service outrank them. PGPASSWORD is also the password ' +
      "of a live Mathesar's internal database, where neither its URL nor its .env file contains one.",
  ],
  [
    'PGHOSTADDR',
    'The address to connect to, in place of looking the host up. It is never stored: Mathesar connects to ' +
      'the host.',
  ],
  [
    'PGSSLMODE, PGREQUIRESSL, PGSSLROOTCERT, PGSSLCERT, PGSSLKEY, PGSSLNEGOTIATION, PGSSLCERTMODE, PGSSLSNI, ' +
      'PGSSLCRL, PGSSLCRLDIR',
    "TLS settings, as in libpq, for user databases and for a live Mathesar's internal database.",
  ],
  ['PGCHANNELBINDING', 'Whether the login must be bound to the TLS connection, as in libpq.'],
  ['PGSERVICE, PGSERVICEFILE, PGSYSCONFDIR', 'A service and its files, as in libpq.'],
  ['PGPASSFILE', 'The password file, as in libpq; if other users can read it, it is ignored with a warning.'],
  ['PGCONNECT_TIMEOUT', 'The number of seconds to wait for a connection; 0 means no limit, as in libpq.'],
  [
    'PGOPTIONS, PGREQUIREAUTH, PGREQUIREPEER',
    "Not supported: they are ignored with a warning. So are values of libpq's other variables that demand " +
      'what mathesarctl does not do, such as PGGSSENCMODE=require.',
  ],
  [
    'NO_COLOR, FORCE_COLOR',
    'A value that is not empty disables colors, or enables them even without a terminal.',
  ],
  [
    'SOURCE_DATE_EPOCH',
    'The timestamp of the files that mathesarctl build creates, in seconds since 1970 (default: the ' +
      'date of the version).',
  ],
  ['GNUPGHOME', 'The home directory of gpg, with the key of an apt repository.'],
  [
    'MATHESARCTL_SIGN_PASSPHRASE_FILE',
    'The file whose first line is the passphrase of that key (default: ask gpg-agent).',
  ],
  [
    'GITLAB_URL, GITLAB_PROJECT, GITLAB_TOKEN',
    "The server, the project and the token for mathesarctl build --push gitlab. In GitLab's CI, " +
      'CI_API_V4_URL, CI_PROJECT_ID and CI_JOB_TOKEN are the defaults.',
  ],
  [
    'MATHESARCTL_REGISTRY_USER, MATHESARCTL_REGISTRY_PASSWORD, MATHESARCTL_REGISTRY_PASSWORD_FILE',
    'The user name and the password, or the file whose first line is the password, for mathesarctl build ' +
      'oci --push. Without them, the credentials come from CI_REGISTRY_USER and CI_REGISTRY_PASSWORD if ' +
      'CI_REGISTRY is that registry, and then from the files of Docker and Podman.',
  ],
  [
    'MATHESARCTL_REGISTRY_TOKEN_SERVER',
    "The host of the registry's token server, if it is another one than that of the registry: it receives " +
      'the credentials too.',
  ],
  [
    'DOCKER_CONFIG, REGISTRY_AUTH_FILE',
    'The directory of the config.json of Docker (default: ~/.docker), and the auth.json of Podman ' +
      '(default: containers/auth.json in XDG_RUNTIME_DIR or XDG_CONFIG_HOME). They may name credential ' +
      'helpers.',
  ],
  [
    'NODE_USE_ENV_PROXY, HTTPS_PROXY, NO_PROXY',
    'With NODE_USE_ENV_PROXY=1, uploads and downloads use the proxy of HTTPS_PROXY.',
  ],
  [
    'MATHESARCTL_RELEASES_URL',
    "The address of a mirror of Mathesar's releases, for --release: below it are RELEASE/mathesar.tar.gz and " +
      'RELEASE/mathesar.tar.gz.sha256. It begins with https://, unless the mirror is this machine or ' +
      '--release-checksum is given (default: GitHub).',
  ],
  ['CI', 'If it is set, commands never ask.'],
  [
    'XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_STATE_HOME, XDG_CACHE_HOME, HOME',
    'The directories of the files; relative values are ignored. No file below a directory of another ' +
      'user is read or created, such as the home directory of the user who ran sudo.',
  ],
]

export const FILES: readonly (readonly [path: string, meaning: string])[] = [
  [
    '$XDG_CONFIG_HOME/mathesarctl/config.yaml',
    'Optional defaults for flags: internal-db, secret-key-file, env-file, addresses (a map of hosts to ' +
      'their addresses), journal, schema-source, release, no-input, no-color, quiet, verbose. setup writes ' +
      'it. XDG_CONFIG_HOME defaults to ~/.config.',
  ],
  [
    '$XDG_CONFIG_HOME/mathesarctl/secret_key',
    'The secret key. setup creates it with mode 0600, in a directory of mode 0700, without a line ' +
      'break at its end.',
  ],
  [
    '$XDG_DATA_HOME/mathesarctl/internal.sqlite3',
    'The internal database, with mode 0600, in a directory that no other user can write to. ' +
      'XDG_DATA_HOME defaults to ~/.local/share.',
  ],
  [
    '$XDG_STATE_HOME/mathesarctl/',
    'The journals of live Mathesars that are not in their internal databases: see --journal. ' +
      'XDG_STATE_HOME defaults to ~/.local/state.',
  ],
  [
    '$XDG_CACHE_HOME/mathesarctl/',
    'Compiled code of this program, which lets it start faster, with mode 0700. You can delete it at ' +
      'any time. The program does not use it if anyone but the user and root can write to it or to a ' +
      'directory above it. XDG_CACHE_HOME defaults to ~/.cache.',
  ],
  [
    '$XDG_CACHE_HOME/mathesarctl/releases/',
    'The tarballs that --release downloaded, each with its checksum, which is compared at each use. A run ' +
      'uses one only if the same mirror, GitHub, or the same --release-checksum vouched for it.',
  ],
  [
    '/etc/mathesar/mathesarctl.yaml',
    'The machine-wide settings. Users who can read this file use it instead of config.yaml, with ' +
      '/etc/mathesar/secret_key, /var/lib/mathesar/internal.sqlite3 and /var/lib/mathesar/journal as ' +
      'defaults. If root lets a group read this file, that group may write to the internal database; for a ' +
      'live Mathesar it needs --journal database.',
  ],
  [
    '/etc/mathesar/mathesar.env',
    "The variables of the machine's own Mathesar. Users who can read this file work on that Mathesar, " +
      'unless flags, variables or a configuration file name another internal database.',
  ],
  [
    '~/.pgpass, ~/.pg_service.conf, ~/.postgresql/',
    'The password file, service file and certificates of libpq.',
  ],
  [
    '.secrets/secret_key.txt',
    'The key that Mathesar itself creates below its own directory. Other users may be able to read ' +
      'this file; the command then warns. They may also read a secret that a container engine mounts. ' +
      'The command refuses any other secret key file that other users can read.',
  ],
]

/**
 * Returns the paragraphs about where to report bugs.
 *
 * @param maintainer name and address of the maintainers
 */
export function bugReports(maintainer: string): readonly string[] {
  return [
    'Report a bug in the issue tracker of the repository that published this copy: "apt show ' +
      'mathesarctl", "npm bugs mathesarctl" and the project page on PyPI name it. The address of the ' +
      `maintainers is ${maintainer}. State the output of "mathesarctl --version", the command, and its ` +
      'output with --verbose, which contains no password and no key.',
    'Report a vulnerability privately, as SECURITY.md of the repository describes.',
  ]
}

export const SECURITY: readonly string[] = [
  'The internal database stores user names and passwords as Fernet tokens, exactly as Mathesar does. ' +
    'Their key is derived from the secret key. Anyone who has both the secret key and the internal ' +
    'database can decrypt the passwords, so keep the two apart in backups. Keep a copy of the key: ' +
    'nobody can decrypt the credentials without it.',
  'The program uses your own files and those of root. It uses files of one other user only if ' +
    '--secret-key-file, --internal-db, --env-file, --password-file or a configuration file names them. ' +
    'Environment variables do not count, since sudo may pass on those of another user. It refuses a ' +
    'file that a third user can write to, or can replace by writing to a directory on the path. Files ' +
    "in a sticky directory such as /tmp are accepted, since users cannot replace each other's files " +
    'there; the internal database is not.',
  'No flag accepts the text of a password, since the process list would show it. A DSN with a ' +
    'password on the command line causes a warning; --dsn - reads the DSN from standard input. No ' +
    'message, log or JSON document contains a password.',
  'The sslmodes below verify-ca do not verify the identity of the server. Use verify-full on networks ' +
    'that are not your own.',
  'One transaction installs or removes the Mathesar schemas, as the role that owns them; if a ' +
    'superuser runs the command, the owner stays the same. The command changes or drops dependents only ' +
    'if the operator chose that after it listed them, and nothing that was not in the list.',
]

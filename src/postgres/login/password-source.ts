import type { PasswordSource } from '../types.ts'

/** Returns where a password came from, as the end of a sentence, such as `standard input`. */
export function describePasswordSource(source: PasswordSource): string {
  switch (source.kind) {
    case 'file':
      return `the file ${source.path}`
    case 'stdin':
      return 'standard input'
    case 'dsn':
      return 'the connection string'
    case 'service':
      return `the service "${source.service}" in ${source.path}`
    case 'environment':
      return 'the environment variable PGPASSWORD'
    case 'password file':
      return `line ${source.line} of the password file ${source.path}`
    case 'prompt':
      return 'your answer'
    case 'stored':
      return source.isOfSource === true ? 'the source of the import' : 'the internal database'
  }
}

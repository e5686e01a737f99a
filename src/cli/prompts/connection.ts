import { resolve } from 'node:path'
import { DEFAULT_SETTINGS } from '../../databases/interface/connection-settings.ts'
import {
  checkDatabaseName,
  checkHost,
  checkPort,
  checkUserName,
  SSL_MODES,
} from '../../databases/interface/connection-values.ts'
import type { ConnectionSettings, SettingField, SettingSource, SslMode } from '../../postgres/types.ts'
import { printable } from '../render/printable.ts'
import type { Prompts } from './prompts.ts'

/** The fields that the dialogues ask for, in this order. */
export const ASKED_FIELDS = ['host', 'port', 'database', 'user', 'password', 'sslmode'] as const
export type AskedField = (typeof ASKED_FIELDS)[number]

/** The name of a database in questions and choices. */
export const NAME_LABEL = 'Unique name'

/** The names of the fields in questions and choices. */
export const FIELD_LABELS: Record<AskedField, string> = {
  host: 'Host',
  port: 'Port',
  database: 'Database name',
  user: 'Role (PostgreSQL user)',
  password: 'Password',
  sslmode: 'TLS mode (sslmode)',
}

export interface AskConnectionInput {
  values: Partial<ConnectionSettings>
  sources: Partial<Record<SettingField, SettingSource>>
  /** The password of Enter alone; `null`: none. */
  known: KnownPassword | null
}

/** A password that nobody has to type. */
export interface KnownPassword {
  /** `null` for the stored one, which the use case reads itself. */
  password: string | null
  source: SettingSource
  /** The role that a stored one is that of, where the questions are about several. */
  role?: string
}

const SSL_MODE_NOTES: Record<SslMode, string> = {
  disable: 'never encrypt',
  allow: 'encrypt only if the server insists',
  prefer: 'encrypt if the server can; the certificate is not checked',
  require: 'always encrypt; the certificate is not checked',
  'verify-ca': 'always encrypt; the certificate must come from a trusted authority',
  'verify-full': 'like verify-ca, and it must be for this host name',
}

/**
 * Asks for one field, with what is known so far as the default, and returns the values with the answer in
 * them.
 */
export async function askField(
  field: AskedField,
  input: AskConnectionInput,
  prompts: Prompts,
): Promise<Partial<ConnectionSettings>> {
  const { values } = input
  switch (field) {
    case 'host':
      return {
        ...values,
        host: await prompts.text({ ...preset(input, 'host', DEFAULT_SETTINGS.host), check: checkHost }),
      }
    case 'port': {
      const text = await prompts.text({
        ...preset(input, 'port', String(DEFAULT_SETTINGS.port)),
        check: checkPort,
      })
      return { ...values, port: Number(text) }
    }
    case 'database':
      return {
        ...values,
        database: await prompts.text({ ...preset(input, 'database'), check: checkDatabaseName }),
      }
    case 'user':
      return { ...values, user: await prompts.text({ ...preset(input, 'user'), check: checkUserName }) }
    case 'password':
      return { ...values, password: await askForPassword(input, prompts) }
    case 'sslmode': {
      const choices = SSL_MODES.map((mode) => ({
        value: mode,
        name: mode,
        description: SSL_MODE_NOTES[mode],
      }))
      const sslmode = await prompts.choice(
        FIELD_LABELS.sslmode,
        choices,
        values.sslmode ?? DEFAULT_SETTINGS.sslmode,
      )
      return { ...values, sslmode, ...(await askRootCertificate(sslmode, input, prompts)) }
    }
  }
}

/** Asks for the trusted authorities where the mode checks certificates; `{}` if no question is needed. */
async function askRootCertificate(
  sslmode: SslMode,
  { values, sources }: AskConnectionInput,
  prompts: Prompts,
): Promise<Partial<ConnectionSettings>> {
  // A certificate from a flag or the environment stays. One that was typed belongs to the mode and is asked
  // for again.
  if (values.sslrootcert && sources.sslrootcert !== 'prompt') return {}
  if (!sslmode.startsWith('verify-')) return { sslrootcert: null }
  const answer = await prompts.text({
    message: 'Trusted authorities: a PEM file, or "system"',
    note: '(Enter: ~/.postgresql/root.crt)',
    check: () => null,
  })
  return { sslrootcert: answer === '' ? null : answer === 'system' ? answer : resolve(answer) }
}

function preset(
  { values, sources }: AskConnectionInput,
  field: 'host' | 'port' | 'database' | 'user',
  fallback?: string,
) {
  const known = values[field]
  const source = sources[field]
  const value = known === undefined ? fallback : String(known)
  const note =
    known !== undefined && source && source !== 'prompt' ? `(${describeSource(source)})` : undefined
  return {
    message: FIELD_LABELS[field],
    ...(value === undefined ? {} : { default: value }),
    ...(note === undefined ? {} : { note }),
  }
}

async function askForPassword({ known }: AskConnectionInput, prompts: Prompts): Promise<string | null> {
  const note = known === null ? 'none' : describePasswordSource(known)
  const answer = await prompts.password(`${FIELD_LABELS.password} (Enter: ${note})`)
  return answer === '' ? (known?.password ?? null) : answer
}

function describePasswordSource({ source, role }: KnownPassword): string {
  if (source === 'stored') {
    return role === undefined ? 'the stored one' : `the stored one of role "${printable(role, false)}"`
  }
  return source === 'prompt' ? 'the one that you typed' : `the one from the ${describeSource(source)}`
}

function describeSource(source: SettingSource): string {
  return source === 'flag' ? 'command line' : source === 'dsn' ? 'DSN' : source
}

import type { OperatorError } from '../../../errors.ts'
import { askKeyFile } from '../../prompts/key-file.ts'
import type { Choice, Prompts } from '../../prompts/prompts.ts'
import { errorText } from '../../render/error.ts'
import { readAddresses } from '../../settings/addresses.ts'
import type { GlobalFlags } from '../../settings/globals.ts'
import { isKeyCode } from '../../settings/key-codes.ts'
import type { Reporter } from '../../terminal.ts'

interface Dialogue {
  prompts: Prompts
  reporter: Reporter
}

type Correction = 'address' | 'key' | 'again' | 'give up'

/** Codes of a connection that another address or another try can correct. */
const CONNECTION_CODES = new Set<OperatorError['code']>([
  'CONNECTION_FAILED',
  'AUTHENTICATION_FAILED',
  'DATABASE_DOES_NOT_EXIST',
  'TLS_FAILED',
  'POOLED_CONNECTION',
  'UNSUPPORTED_SERVER',
  'LOCKED',
])

/** Reasons of a connection that another address can correct. */
const UNREACHED = new Set(['resolve', 'refused', 'timeout', 'unreachable'])

/**
 * Shows why a Mathesar can't be used, and asks how to continue. Returns the flags to try next; `null` if the
 * operator gives up, or if no answer could help.
 *
 * @param host the host of its internal database
 */
export async function correctFlags(
  error: OperatorError,
  flags: GlobalFlags,
  host: string,
  { prompts, reporter }: Dialogue,
): Promise<GlobalFlags | null> {
  const choices = correctionsOf(error, host)
  if (choices.length === 0) return null
  reporter.explain()
  showProblem(error, host, reporter)
  reporter.explain()
  const correction = await prompts.choice('What do you want to do?', choices, choices[0]?.value ?? 'give up')
  switch (correction) {
    case 'address':
      return askAddress(flags, host, prompts)
    case 'key':
      return { ...flags, secretKeyFile: await askKeyFile(prompts) }
    case 'again':
      return flags
    case 'give up':
      return null
  }
}

/** Asks at which address this machine reaches a host, and returns the flags with the answer. */
export async function askAddress(flags: GlobalFlags, host: string, prompts: Prompts): Promise<GlobalFlags> {
  const answer = await prompts.text({
    message: `Where does this machine reach ${host}?`,
    note: 'ADDRESS or ADDRESS:PORT, such as 127.0.0.1:5433',
    check: (value) => addressProblem(host, value),
    isUnfinished: () => true,
  })
  return { ...flags, address: [...(flags.address ?? []), `${host}=${answer}`] }
}

/**
 * Shows what is wrong with a Mathesar, and what to do in the dialogue of setup, which asks for addresses.
 *
 * @param host the host of its internal database
 */
export function showProblem(error: OperatorError, host: string, { explain, style }: Reporter): void {
  const { reason } = error.details.data ?? {}
  const isElsewhere = UNREACHED.has(reason ?? '')
  const hint = isElsewhere
    ? `If this machine reaches ${host} elsewhere, for instance at a published port of a container, ` +
      'enter its address.'
    : error.hint
  explain(errorText(error.with({ hint }), style), { isWhole: true })
}

function correctionsOf({ code }: OperatorError, host: string): Choice<Correction>[] {
  const giveUp: Choice<Correction> = { value: 'give up', name: 'Give up; nothing was changed' }
  if (isKeyCode(code)) {
    return [{ value: 'key', name: 'Name the file that contains its SECRET_KEY' }, giveUp]
  }
  if (!CONNECTION_CODES.has(code)) return []
  return [
    { value: 'address', name: `Change: the address of ${host}` },
    { value: 'again', name: 'Try again' },
    giveUp,
  ]
}

function addressProblem(host: string, value: string): string | null {
  try {
    readAddresses([`${host}=${value}`], undefined, null)
    return null
  } catch {
    return 'Enter a host name or an IP address, with ":PORT" behind it if the port differs.'
  }
}

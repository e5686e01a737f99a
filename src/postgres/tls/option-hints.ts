import type { OperatorError } from '../../errors.ts'
import { type ConnectionReason, connectionReason } from '../errors.ts'
import { parameterText, type TlsOption, type TlsOptions, withoutOption } from './options.ts'

/** What an option of TLS may cause: the reasons of the errors, and a sentence about it. */
interface Effect {
  option: TlsOption
  isSet: (options: TlsOptions) => boolean
  reasons: readonly ConnectionReason[]
  text: string
}

const EFFECTS: readonly Effect[] = [
  {
    option: 'clientCertificate',
    isSet: ({ clientCertificate }) => clientCertificate === 'disable',
    reasons: ['client certificate', 'handshake'],
    text: 'it keeps the client certificate from being sent',
  },
  {
    option: 'sni',
    isSet: ({ sni }) => sni === false,
    reasons: ['certificate', 'closed', 'handshake', 'host', 'refused by server'],
    text: 'it keeps the name of the host from servers and proxies that are chosen by it',
  },
  {
    option: 'negotiation',
    isSet: ({ negotiation }) => negotiation === 'direct',
    reasons: ['closed', 'handshake', 'protocol', 'timeout'],
    text: 'only PostgreSQL 17 or newer with ssl = on understands it',
  },
]

/** Adds to the hint of an error what the options of TLS, and the variables that set them, may have caused. */
export function withOptionHints(error: OperatorError, options: TlsOptions): OperatorError {
  const reason = connectionReason(error)
  const texts = EFFECTS.filter(
    ({ isSet, reasons }) => reason !== null && reasons.includes(reason) && isSet(options),
  ).map(
    ({ option, text }) =>
      `${parameterText(options, option)} is set: ${text}. ${withoutOption(options, option)} if that is the cause.`,
  )
  return texts.length === 0 ? error : error.with({ hint: [...texts, error.hint].join(' ') })
}

import { isIP } from 'node:net'
import { checkHost, checkPort } from '../../databases/interface/connection-values.ts'
import { type OperatorError, usageError } from '../../errors.ts'
import type { HostAddress } from '../../postgres/types.ts'
import type { Config } from './config-file.ts'

/** Where this machine reaches hosts, by the names that Mathesar has for them. */
export type Addresses = ReadonlyMap<string, HostAddress>

/**
 * Reads the values of `--address HOST=ADDRESS[:PORT]` and the key `addresses` of the configuration file,
 * which flags outrank; of several addresses of one host the last one counts. Errors: `USAGE`.
 *
 * @param configuration the path of the configuration file, for errors
 */
export function readAddresses(
  flags: readonly string[],
  config: Config['addresses'],
  configuration: string | null,
): Addresses {
  const inFile = Object.entries(config ?? {}).map(([host, address]) =>
    readPair(host, address, (problem) =>
      usageError(
        `The configuration file ${configuration} is not valid at "addresses.${host}": ${problem}`,
        'Write it as HOST: ADDRESS or HOST: "ADDRESS:PORT", with an IPv6 address in brackets.',
      ),
    ),
  )
  return new Map([...inFile, ...flags.map(readFlag)])
}

function readFlag(text: string): [string, HostAddress] {
  const wrong = (problem: string) =>
    usageError(
      `--address ${text}: ${problem}`,
      'Write it as HOST=ADDRESS or HOST=ADDRESS:PORT, such as mathesar_db=127.0.0.1:5433, with an IPv6 address in brackets.',
      'address',
    )
  const split = text.indexOf('=')
  if (split === -1) throw wrong('There is no "=" between the host and its address.')
  return readPair(text.slice(0, split), text.slice(split + 1), wrong)
}

function readPair(
  host: string,
  text: string,
  wrong: (problem: string) => OperatorError,
): [string, HostAddress] {
  const { address, port } = splitPort(text) ?? {}
  const name = /^\[.*\]$/s.test(host) ? host.slice(1, -1) : host
  const problem = name === '' ? 'There is no host.' : checkHost(name)
  if (problem !== null) throw wrong(problem)
  if (address === undefined || checkHost(address) !== null) throw wrong(ADDRESS_PROBLEM)
  if (port !== undefined && checkPort(port) !== null)
    throw wrong('The port is not a whole number from 1 to 65535.')
  // The names of hosts are the same in capitals; `addressOf` looks them up in small letters.
  return [
    name.startsWith('/') ? name : name.toLowerCase(),
    { address, ...(port === undefined ? {} : { port: Number(port) }), origin: 'address' },
  ]
}

const ADDRESS_PROBLEM =
  'The address is neither a host name, nor an IP address, nor the directory of a Unix socket.'

/** Splits `ADDRESS[:PORT]`; returns `null` if it is not well formed. */
function splitPort(text: string): { address: string; port?: string } | null {
  if (text.startsWith('[')) {
    const [, address = '', port] = /^\[([^\]]*)\](?::(.*))?$/s.exec(text) ?? []
    return isIP(address) === 6 ? { address, ...(port === undefined ? {} : { port }) } : null
  }
  const colon = text.lastIndexOf(':')
  if (colon === -1) return { address: text }
  const address = text.slice(0, colon)
  // An IPv6 address needs brackets: its end could be a port.
  return address.includes(':') ? null : { address, port: text.slice(colon + 1) }
}

/** Returns the addresses of both; the stronger ones count where both have one for a host. */
export function overrideAddresses(weaker: Addresses, stronger: Addresses): Addresses {
  return new Map([...weaker, ...stronger])
}

import type { KeyProof } from '../../../databases/take-up.ts'
import { shellQuoted } from '../../../hint.ts'
import { grouped } from '../../render/quantity.ts'
import { releaseRangeText } from '../../render/release-range.ts'
import type { FoundFlags, FoundMathesar } from '../../settings/discovery/types.ts'
import type { SeenMathesar } from './found.ts'

/** Returns a Mathesar that was found as a choice of a list: the file that shows it. */
export function foundName({ file }: FoundMathesar): string {
  return file ?? 'POSTGRES_* of the environment'
}

/** Returns how a Mathesar was recognized. */
function foundBy({ kind, file, service }: FoundMathesar): string {
  switch (kind) {
    case 'compose':
      return `the service "${service}" of the Compose file ${file}`
    case 'installation':
      return `the installation with ${file}`
    case 'env-file':
    case 'sqlite-file':
      return `${file}`
    case 'environment':
      return 'POSTGRES_* of the environment'
  }
}

/** Returns what is known about a Mathesar as the rows of a summary. */
export function foundRows(seen: SeenMathesar): (readonly [label: string, value: string])[] {
  const { found, location, examined } = seen
  return [
    ['Found by', foundBy(found)],
    ...(location === null ? [] : [['Internal database', location] as const]),
    ...(found.flags.address ?? []).map((address) => ['Address', addressText(address)] as const),
    ['Connection', connectionText(seen)],
    ...(examined === null
      ? []
      : ([
          ['Releases', examined.releases ? releaseRangeText(examined.releases) : 'unknown'],
          ['Databases', storedText(examined.names.length)],
          ['Secret key', keyText(examined.key)],
        ] as const)),
  ]
}

/** Returns how the connection to its internal database went, or why there was none. */
function connectionText({ found, examined, error }: SeenMathesar): string {
  if (examined !== null) return 'works'
  if (error !== null) return 'fails'
  if (found.owner !== null) return `not tried: a file of it belongs to another user (${found.owner})`
  if (found.hiddenHost !== null) {
    return `not tried: ${found.hiddenHost} is a name that only its containers know`
  }
  return 'not tried'
}

/** `mathesar_db=127.0.0.1:5433` → `mathesar_db is at 127.0.0.1:5433`. */
function addressText(address: string): string {
  const split = address.indexOf('=')
  return `${address.slice(0, split)} is at ${address.slice(split + 1)}`
}

/** Returns how many databases are stored. */
export function storedText(databases: number): string {
  return databases === 0 ? 'none stored' : `${grouped(databases)} stored`
}

/** Returns what is known about the secret key. */
export function keyText(key: KeyProof): string {
  switch (key.state) {
    case 'proved':
      return `${key.source}; it decrypts what is stored`
    case 'unproved':
      return `${key.source}; nothing is stored yet, so no key can be proved`
    case 'unusable':
      return key.source === null ? 'missing' : `${key.source}; it can't be used`
  }
}

/** Returns what to do where the Compose file publishes no port of the internal database. */
export function hiddenText(host: string): string {
  return (
    `${host} is a name that only the containers know. Publish its port on this machine (ports: ` +
    '"127.0.0.1:5433:5432" in the Compose file), and state it as the address; or run mathesarctl in the network ' +
    'of the project (docs/live.md).'
  )
}

/**
 * Returns the command that takes up a Mathesar.
 *
 * @param hiddenHost a host whose address only the operator knows
 */
export function takeUpCommand(flags: FoundFlags, hiddenHost: string | null = null): string {
  const addresses = [
    ...(flags.address ?? []),
    ...(hiddenHost === null ? [] : [`${hiddenHost}=127.0.0.1:PORT`]),
  ]
  const given = [
    ['--internal-db', flags.internalDb],
    ['--env-file', flags.envFile],
    ...addresses.map((address) => ['--address', address] as const),
  ] as const
  return given.reduce(
    (command, [flag, value]) => (value === undefined ? command : `${command} ${flag} ${shellQuoted(value)}`),
    'mathesarctl setup',
  )
}

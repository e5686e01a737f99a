import { isIP } from 'node:net'
import type { PeerCertificate } from 'node:tls'

interface CertificateNames {
  dns: string[]
  ip: string[]
  common: string[]
}

/**
 * Returns whether a certificate is for the host, by libpq's rules for `verify-full` (PostgreSQL manual, "SSL
 * Certificate Verification"): alternative names first; the common name only if there is no alternative
 * name of the kind of the host (a name or an address); a `*` stands for one whole label at the start. Returns
 * `null` if it is, else the names that it is for.
 */
export function foreignNames(host: string, certificate: PeerCertificate): string[] | null {
  const names = readNames(certificate)
  if (isIP(host) !== 0) {
    const address = canonicalAddress(host)
    const common = names.ip.length === 0 ? names.common : []
    // libpq compares an address as such only with addresses.
    const fits =
      names.ip.some((name) => canonicalAddress(name) === address) || [...names.dns, ...common].includes(host)
    return fits ? null : [...names.dns, ...names.ip, ...common]
  }
  const common = names.dns.length === 0 ? names.common : []
  const fits = (name: string) => isNameMatch(name, host)
  return [...names.dns, ...common].some(fits) ? null : [...names.dns, ...names.ip, ...common]
}

function readNames(certificate: PeerCertificate): CertificateNames {
  const names: CertificateNames = { dns: [], ip: [], common: [] }
  for (const [, kind, value = ''] of (certificate.subjectaltname ?? '').matchAll(
    /(?:^|, )(DNS|IP Address):("(?:[^"\\]|\\.)*"|[^,]*)/g,
  )) {
    // Node quotes a value with characters that no name has: it matches nothing.
    if (kind === 'DNS') names.dns.push(value)
    else names.ip.push(value)
  }
  // As in libpq, only the first common name counts.
  const common: string | string[] | undefined = certificate.subject?.CN
  names.common.push(...[common ?? []].flat().slice(0, 1))
  return names
}

function isNameMatch(pattern: string, host: string): boolean {
  const name = pattern.toLowerCase()
  const hostName = host.toLowerCase()
  if (name === hostName) return true
  if (!name.startsWith('*.') || name.includes('*', 1)) return false
  const dot = hostName.indexOf('.')
  return dot > 0 && hostName.slice(dot) === name.slice(1)
}

function canonicalAddress(address: string): string {
  if (isIP(address) !== 6) return address
  try {
    return new URL(`http://[${address}]`).hostname
  } catch {
    return address.toLowerCase()
  }
}

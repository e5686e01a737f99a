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
 * name of the kind; a `*` stands for one whole label at the start. Returns `null` if it is, else the names
 * that it is for.
 */
export function foreignNames(host: string, certificate: PeerCertificate): string[] | null {
  const names = readNames(certificate)
  const all = [...names.dns, ...names.ip]
  const shown = all.length > 0 ? all : names.common
  if (isIP(host) !== 0) {
    const address = canonicalAddress(host)
    const candidates = [...names.ip, ...names.dns, ...(names.ip.length === 0 ? names.common : [])]
    return candidates.some((name) => isIP(name) !== 0 && canonicalAddress(name) === address) ? null : shown
  }
  const candidates = all.length > 0 ? names.dns : names.common
  return candidates.some((name) => isNameMatch(name, host)) ? null : shown
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
  const common: string | string[] | undefined = certificate.subject?.CN
  if (common !== undefined) names.common.push(...(Array.isArray(common) ? common : [common]))
  return names
}

function isNameMatch(pattern: string, host: string): boolean {
  const name = pattern.toLowerCase()
  const hostName = host.toLowerCase().replace(/\.$/, '')
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

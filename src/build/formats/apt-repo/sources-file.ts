import { usageError } from '../../../errors.ts'
import { NotDeb822, paragraphText, parseParagraphs } from '../../debian/deb822.ts'
import { COMPONENT, SUITE } from './layout.ts'

/**
 * Returns the text of the file that users put into /etc/apt/sources.list.d (sources.list(5), deb822 style).
 */
export function sourcesText(name: string, baseUrl: string, keyring: string, fingerprint: string): string {
  const url = baseUrl.replace(/\/+$/, '')
  const about = [
    `To install ${name}, as root:`,
    '  mkdir -p /etc/apt/keyrings',
    `  curl -fsSL -o /etc/apt/keyrings/${keyring} ${url}/${keyring}`,
    `  curl -fsSL -o /etc/apt/sources.list.d/${name}.sources ${url}/${name}.sources`,
    `  apt-get update && apt-get install ${name}`,
    `Fingerprint of the key: ${fingerprint}`,
  ]
  const paragraph = paragraphText([
    ['Types', 'deb'],
    ['URIs', `${url}/`],
    ['Suites', SUITE],
    ['Components', COMPONENT],
    ['Signed-By', `/etc/apt/keyrings/${keyring}`],
  ])
  return `${about.map((line) => `# ${line}\n`).join('')}${paragraph}`
}

/** Returns the address in such a file; `null` if it has none, or is not such a file. */
export function sourcesUrl(text: string): string | null {
  try {
    return parseParagraphs(text.replace(/^#.*\n/gm, ''))[0]?.get('URIs') ?? null
  } catch (error) {
    if (error instanceof NotDeb822) return null
    throw error
  }
}

/**
 * Returns the address of a repository as its .sources file has it.
 *
 * Errors: `USAGE` if it is not an address, or has parts that not everybody may read.
 */
export function checkedBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url || !['http:', 'https:', 'file:'].includes(url.protocol) || /\s/.test(text)) {
    throw usageError(
      `"${text}" is not the address of a repository.`,
      'Use an address such as https://example.org/apt/.',
      'base-url',
    )
  }
  if (url.username || url.password || url.search || url.hash) {
    throw usageError(
      'The address of a repository has no user name, password, ? or #, since everybody reads it.',
      'Use an address such as https://example.org/apt/; apt reads passwords from /etc/apt/auth.conf.d.',
      'base-url',
    )
  }
  return url.href
}

import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const directory = join(dirname(fileURLToPath(import.meta.url)), 'tls')

/** Returns the text of one of the files in test/support/tls. */
export function tlsFile(name: string): string {
  return readFileSync(join(directory, name), 'utf8')
}

/**
 * Returns what a server with `ssl = on` needs in its data directory: a certificate for localhost and
 * 127.0.0.1, and its key.
 */
export function serverTlsFiles(): Record<string, string> {
  return { 'server.crt': tlsFile('server.crt'), 'server.key': tlsFile('server.key') }
}

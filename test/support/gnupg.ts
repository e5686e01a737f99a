import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A directory with the keys of one test, and an agent that `remove` ends. */
export interface Gnupg {
  readonly home: string
  /** Creates a key and returns its fingerprint. */
  key(user: string, options?: KeyOptions): string
  gpg(args: readonly string[], input?: string): string
  remove(): void
}

export interface KeyOptions {
  algorithm?: string
  usage?: string
  /** As gpg accepts it, such as `1y`, `seconds=1` or `never`. */
  expires?: string
  passphrase?: string
  /** The digest algorithm of its own signatures. */
  digest?: string
  /** The time of its creation, in seconds since 1970. */
  createdAt?: number
}

export function gnupg(): Gnupg {
  // The name is short, since the path of the agent's socket has at most 107 characters.
  const home = mkdtempSync(join(tmpdir(), 'gnupg-'))
  const gpg = (args: readonly string[], input = '') => {
    const { status, stdout, stderr } = spawnSync('gpg', ['--batch', '--homedir', home, ...args], {
      encoding: 'utf8',
      input,
    })
    if (status !== 0) throw new Error(`gpg ${args.join(' ')}: ${stderr}`)
    return stdout
  }
  return {
    home,
    gpg,
    key(
      user,
      {
        algorithm = 'ed25519',
        usage = 'sign',
        expires = 'never',
        passphrase = '',
        digest = 'SHA256',
        createdAt,
      } = {},
    ) {
      const time = createdAt === undefined ? [] : ['--faked-system-time', `${createdAt}!`]
      const secret = ['--pinentry-mode', 'loopback', '--passphrase', passphrase]
      gpg([
        ...time,
        ...secret,
        '--cert-digest-algo',
        digest,
        '--quick-generate-key',
        user,
        algorithm,
        usage,
        expires,
      ])
      const listed = gpg(['--with-colons', '--list-keys', `=${user}`])
      return /^fpr:+([0-9A-F]+):/m.exec(listed)?.[1] ?? ''
    },
    remove() {
      spawnSync('gpgconf', ['--homedir', home, '--kill', 'all'])
      rmSync(home, { recursive: true, force: true })
    },
  }
}

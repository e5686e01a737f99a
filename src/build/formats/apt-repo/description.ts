import { resolve } from 'node:path'
import { usageError } from '../../../errors.ts'
import { type FormatDescription, type FormatFlag, type SettingsOf, textFlag } from '../flags.ts'

const flags = {
  /** The key that signs the repository: whatever `gpg --local-user` takes. */
  signKey: textFlag('--sign-key <key>', 'key to sign it with, as for gpg --local-user'),
  /** Packages that go into the repository beside those of this run: absolute paths. */
  debs: {
    syntax: '--deb <file...>',
    help: 'Debian packages to add besides those of this run',
    read: (words): readonly string[] => words.map((file) => resolve(file)),
  } satisfies FormatFlag<readonly string[]>,
  /** Where users find the repository. */
  baseUrl: textFlag('--base-url <url>', 'its address for users, for its .sources file'),
  /** How many days the index is valid; without it, the index never expires. */
  validDays: {
    syntax: '--valid-until <days>',
    help: 'days until apt refuses the index (default: never)',
    read: ([word = '']): number => daysFrom(word),
  } satisfies FormatFlag<number>,
  /** The registry that the packages are uploaded to. */
  push: {
    syntax: '--push <registry>',
    help: 'with gitlab, upload the Debian packages to GitLab',
    choices: ['gitlab'],
    accepts: (word) => word === 'gitlab',
    read: (): 'gitlab' => 'gitlab',
  } satisfies FormatFlag<'gitlab'>,
}

export type AptRepoSettings = SettingsOf<typeof flags>

export const APT_REPO: FormatDescription<'apt-repo', typeof flags> = {
  name: 'apt-repo',
  summary: 'signed repository for apt, of Debian packages',
  flags,
}

function daysFrom(word: string): number {
  if (/^[1-9][0-9]{0,3}$/.test(word)) return Number(word)
  throw usageError(
    `"${word}" is not a number of days.`,
    'Use a whole number of days, 1 to 9999.',
    'valid-until',
  )
}

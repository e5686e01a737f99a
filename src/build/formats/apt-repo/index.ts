import { usageError } from '../../../errors.ts'
import { GZIP } from '../../archives/gzip.ts'
import { XZ } from '../../archives/xz.ts'
import { requirePrograms } from '../../programs/require-programs.ts'
import type { BuildContext, Format, Program } from '../../types.ts'
import { gitlabTarget, pushToGitlab } from './gitlab.ts'
import { daysLeft, signingKey } from './gpg.ts'
import { readPackage } from './package-entry.ts'
import { isPublished, publishedUrl, updateRepository } from './repository.ts'
import { checkedBaseUrl } from './sources-file.ts'

const GPG: Program = { name: 'gpg', install: 'apt install gnupg' }

/** A key that ends sooner is told of: apt refuses what it has signed from then on. */
const WARN_DAYS = 60

/** A signed repository for apt out of the Debian packages of this run and others, and the upload of these to a registry. */
export const aptRepo: Format = {
  name: 'apt-repo',
  summary: 'signed repository for apt, of Debian packages',
  programs: [],
  // The packages may all come from elsewhere.
  accepts: () => true,
  lacks({ signKey, push }) {
    if (signKey !== undefined || push !== undefined) return null
    return {
      message: 'The apt repository is left out: it is not said which key signs it.',
      hint: 'Name one with --sign-key KEY, as gpg --local-user takes it.',
    }
  },
  async check(settings, env, { name, out, formats, epoch }) {
    const { signKey, push, debs, baseUrl } = settings
    if (signKey === undefined && push === undefined) {
      throw usageError(
        'It is not said which key signs the apt repository.',
        'Name one with --sign-key KEY, as gpg --local-user takes it: a fingerprint or an address.',
        'sign-key',
      )
    }
    if (push !== undefined) gitlabTarget(env)
    if (baseUrl !== undefined) checkedBaseUrl(baseUrl)
    const named = debs.length > 0 || formats.includes('deb')
    if (!named && (signKey === undefined || !(await isPublished(out)))) throw noPackages()
    await requirePrograms(signKey === undefined ? [XZ] : [GPG, XZ, GZIP], env)
    for (const path of debs) await readPackage(path)
    if (signKey === undefined) return
    if (baseUrl === undefined && (await publishedUrl(out, name)) === null) {
      throw usageError(
        'It is not said where users will find the apt repository.',
        'Give its address with --base-url, such as https://example.org/apt/: it goes into the file that users put into /etc/apt/sources.list.d.',
        'base-url',
      )
    }
    await signingKey(signKey, indexTime(env, epoch), { env, signal: undefined })
  },
  async build({ about }, context) {
    const { settings, env } = context
    const debs = [...context.made().filter((path) => path.endsWith('.deb')), ...settings.debs]
    // A run may have made none after all: there are no Debian packages for some machines.
    if (debs.length === 0 && (settings.signKey === undefined || !(await isPublished(context.out))))
      throw noPackages()
    const made = settings.signKey === undefined ? [] : await repository(settings.signKey, debs)
    if (settings.push === 'gitlab') {
      const target = gitlabTarget(env)
      if (new URL(target.api).protocol === 'http:' && !isLoopback(target.api)) {
        context.warn(
          'The token is sent to GitLab without encryption.',
          'Use an address that begins with https:// in GITLAB_URL.',
        )
      }
      await pushToGitlab(target, debs, context)
    }
    return made

    async function repository(wish: string, packages: readonly string[]): Promise<readonly string[]> {
      const date = indexTime(env, context.epoch)
      const key = await signingKey(wish, date, context)
      const days = daysLeft(key, Date.now() / 1000)
      if (days !== null && days < WARN_DAYS) {
        context.warn(
          `The key ${key.fingerprint} expires in ${days} days, and apt refuses the repository from then on.`,
          'Renew it now with gpg --quick-set-expire, build again, and have users fetch the keyring again.',
        )
      }
      if (date > Date.now() / 1000) {
        context.warn(
          'The time in SOURCE_DATE_EPOCH is still to come, and apt refuses an index from the future.',
          'Set it to the time of the commit, or leave it out.',
        )
      }
      const { validDays, baseUrl } = settings
      return await updateRepository(
        {
          about,
          debs: packages,
          key,
          date,
          validDays,
          baseUrl: baseUrl === undefined ? undefined : checkedBaseUrl(baseUrl),
        },
        context,
      )
    }
  },
}

function noPackages() {
  return usageError(
    'There is no Debian package to put into the apt repository.',
    'Build one in the same run ("build deb apt-repo"), or name some with --deb FILE.',
    'deb',
  )
}

/**
 * The time of an index is that of its making, and not of the version it offers: apt refuses one from the future, ignores one
 * that is older than the last, and --valid-until counts from it. SOURCE_DATE_EPOCH outranks it.
 */
function indexTime(env: BuildContext['env'], epoch: number): number {
  return env.SOURCE_DATE_EPOCH ? epoch : Math.floor(Date.now() / 1000)
}

function isLoopback(url: string): boolean {
  return /^(localhost|127\..*|\[::1\])$/.test(new URL(url).hostname)
}

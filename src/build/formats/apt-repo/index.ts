import { type OperatorError, usageError } from '../../../errors.ts'
import { GZIP } from '../../archives/gzip.ts'
import { XZ } from '../../archives/xz.ts'
import type { About, BuildContext, Program } from '../../types.ts'
import { DEB } from '../deb/description.ts'
import type { BuildPlan, Format } from '../types.ts'
import { APT_REPO, type AptRepoSettings } from './description.ts'
import { pushToGitlab } from './gitlab/push.ts'
import { gitlabTarget, isTokenExposed } from './gitlab/target.ts'
import { readPackage } from './package-entry.ts'
import { isPublished, publishedUrl, updateRepository } from './repository.ts'
import { daysLeft, signingKey } from './signing-key.ts'
import { checkedBaseUrl } from './sources-file.ts'

const GPG: Program = { name: 'gpg', install: 'apt install gnupg' }

/** A run warns of a key that ends sooner than this: apt refuses what it signed from then on. */
const WARN_DAYS = 60

/**
 * A signed repository for apt with the Debian packages of this run and others, and the upload of these to a
 * registry. It requires nothing of the payload: all packages may come from elsewhere.
 */
export const aptRepo: Format<undefined, AptRepoSettings> = {
  name: APT_REPO.name,
  requires: [],
  after: [DEB.name],
  programs({ signKey, push }) {
    if (signKey !== undefined) return [GPG, XZ, GZIP]
    return push === undefined ? [] : [XZ]
  },
  reasonToSkip({ signKey, push }) {
    if (signKey !== undefined || push !== undefined) return null
    return {
      message: 'The build skips the apt repository: no signing key given.',
      hint: 'Name a key with --sign-key KEY, as for gpg --local-user.',
    }
  },
  async checkSettings({ signKey, push, debs = [], baseUrl }, { name, out, formats, env }) {
    if (push !== undefined) gitlabTarget(env)
    if (baseUrl !== undefined) checkedBaseUrl(baseUrl)
    const hasPackages = debs.length > 0 || formats.includes(DEB.name)
    const writesHere = signKey !== undefined || push === undefined
    // One error for all that is missing: each run that fails costs the operator time.
    const missing: OperatorError[] = []
    if (signKey === undefined && push === undefined) missing.push(noKeyError())
    if (!hasPackages && !(writesHere && (await isPublished(out)))) missing.push(noPackagesError())
    if (writesHere && baseUrl === undefined && (await publishedUrl(out, name)) === null) {
      missing.push(noAddressError())
    }
    const [first, ...others] = missing
    if (first === undefined) return
    throw first.with({
      message: [first, ...others].map(({ message }) => message).join(' '),
      hint: [first, ...others].map(({ hint }) => hint).join(' '),
    })
  },
  async checkInput({ signKey, debs = [] }, { env, epoch, signal }) {
    for (const path of debs) await readPackage(path)
    if (signKey !== undefined) await signingKey(signKey, indexTime(env, epoch), { env, signal })
  },
  async build({ about, settings }, context) {
    const { signKey, push, debs = [] } = settings
    const packages = [...context.artifactsOf(DEB.name), ...debs]
    // The run may have built none after all: Debian does not run on every platform.
    if (packages.length === 0 && (signKey === undefined || !(await isPublished(context.out))))
      throw noPackagesError()
    const paths =
      signKey === undefined ? [] : await writeRepository({ about, settings, signKey, packages }, context)
    if (push === 'gitlab') await uploadToGitlab(packages, context)
    return paths
  },
}

interface RepositoryOrder {
  readonly about: About
  readonly settings: AptRepoSettings
  readonly signKey: string
  /** Paths of the .debs to add. */
  readonly packages: readonly string[]
}

async function writeRepository(
  { about, settings: { baseUrl, validDays }, signKey, packages }: RepositoryOrder,
  context: BuildContext,
): Promise<readonly string[]> {
  const date = indexTime(context.env, context.epoch)
  const key = await signingKey(signKey, date, context)
  const days = daysLeft(key, Date.now() / 1000)
  if (days !== null && days < WARN_DAYS) {
    context.warn(
      `The key ${key.fingerprint} expires in ${days} days, and apt refuses the repository from then on.`,
      'Renew it now with gpg --quick-set-expire, build again, and have users download the keyring again.',
    )
  }
  if (date > Date.now() / 1000) {
    context.warn(
      'The time in SOURCE_DATE_EPOCH lies in the future, and apt refuses an index from the future.',
      'Set it to the time of the commit, or unset it.',
    )
  }
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

async function uploadToGitlab(packages: readonly string[], context: BuildContext): Promise<void> {
  const target = gitlabTarget(context.env)
  if (isTokenExposed(target)) {
    context.warn(
      'The token travels to GitLab without encryption.',
      'Use an address that begins with https:// in GITLAB_URL.',
    )
  }
  await pushToGitlab(target, packages, context)
}

function noKeyError(): OperatorError {
  return usageError(
    'No signing key given for the apt repository.',
    'Name a key with --sign-key KEY, as for gpg --local-user: by fingerprint or address.',
    'sign-key',
  )
}

function noAddressError(): OperatorError {
  return usageError(
    'No address given at which users find the apt repository.',
    'Set it with --base-url, such as https://example.org/apt/. The .sources file that users copy to ' +
      '/etc/apt/sources.list.d contains it.',
    'base-url',
  )
}

function noPackagesError(): OperatorError {
  return usageError(
    'There is no Debian package to add to the apt repository.',
    'Build one in the same run ("build deb apt-repo"), or name some with --deb FILE.',
    'deb',
  )
}

/**
 * Returns the time of an index, in seconds since 1970. It is the time of writing and not that of the version:
 * apt refuses an index from the future and ignores one older than the last, and --valid-until counts from it.
 * SOURCE_DATE_EPOCH outranks it.
 */
function indexTime(env: BuildPlan['env'], epoch: number): number {
  return env.SOURCE_DATE_EPOCH ? epoch : Math.floor(Date.now() / 1000)
}

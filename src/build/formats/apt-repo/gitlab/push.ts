import { basename } from 'node:path'
import * as zod from 'zod'
import { parsedJson } from '../../../../http/quote.ts'
import { withRemains } from '../../../interruption.ts'
import { COMPONENT, SUITE } from '../layout.ts'
import { type PackageEntry, readPackage } from '../package-entry.ts'
import { refusalError, takenError } from './errors.ts'
import { type RequestOptions, requestWithRetries } from './request.ts'
import type { GitlabTarget } from './target.ts'

export interface PushOptions extends RequestOptions {
  progress(step: string): void
}

/**
 * Uploads packages. It accepts a package that the registry has with the same contents, so that the operator
 * can repeat a push that failed halfway.
 *
 * Errors, each with a sentence of its own: `AUTHENTICATION_FAILED`, `INSUFFICIENT_PRIVILEGE`, `NOT_FOUND`,
 * `NAME_TAKEN` (the registry has the version with other contents), `CONNECTION_FAILED`, `TLS_FAILED`, and
 * `INTERNAL` for any other answer of GitLab; `ABORTED` if the operator interrupts the push.
 *
 * @param debs paths of the packages
 */
export async function pushToGitlab(
  target: GitlabTarget,
  debs: readonly string[],
  options: PushOptions,
): Promise<void> {
  const { host } = new URL(target.api)
  const remains = { target: host, report: 'It may have some of the packages already.' }
  await withRemains(
    options.signal,
    () => remains,
    async () => {
      for (const path of debs) {
        options.progress(`Uploading ${basename(path)} to ${host}`)
        await pushPackage(target, path, await readPackage(path), options)
      }
    },
  )
}

async function pushPackage(
  target: GitlabTarget,
  path: string,
  entry: PackageEntry,
  options: RequestOptions,
): Promise<void> {
  const file = basename(entry.file)
  const response = await requestWithRetries(
    target,
    {
      method: 'PUT',
      path: `packages/debian/${encodeURIComponent(file)}?distribution=${SUITE}&component=${COMPONENT}`,
      upload: { path, bytes: entry.bytes },
    },
    options,
  )
  if (response.status >= 200 && response.status < 300) return
  if ([400, 409, 422].includes(response.status)) {
    const uploaded = await uploadedHash(target, entry, options)
    if (uploaded === entry.sha256) return
    if (uploaded !== null || response.status === 409) throw takenError(entry, uploaded)
  }
  throw refusalError(target, file, response)
}

const PACKAGES = zod.array(zod.object({ id: zod.number() }))
const PACKAGE_FILES = zod.array(zod.object({ file_name: zod.string(), file_sha256: zod.string().nullish() }))

/**
 * Returns the SHA-256 of the file that the registry has for a package; `null` if the registry does not say.
 */
async function uploadedHash(
  target: GitlabTarget,
  { name, version, file }: PackageEntry,
  options: RequestOptions,
): Promise<string | null> {
  const read = async <Shape>(path: string, shape: zod.ZodType<Shape>): Promise<Shape | null> => {
    const { status, text } = await requestWithRetries(target, { method: 'GET', path, upload: null }, options)
    return status === 200 ? (shape.safeParse(parsedJson(text)).data ?? null) : null
  }
  const query = new URLSearchParams({ package_type: 'debian', package_name: name, package_version: version })
  for (const { id } of (await read(`packages?${query}`, PACKAGES)) ?? []) {
    const files = await read(`packages/${id}/package_files?per_page=100`, PACKAGE_FILES)
    const uploaded = files?.find((one) => one.file_name === basename(file))
    if (uploaded?.file_sha256) return uploaded.file_sha256
  }
  return null
}

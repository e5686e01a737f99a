import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { OperatorError } from '../errors.ts'
import type { Artifact } from './artifact.ts'
import { placeArtifact } from './files/artifact-file.ts'
import { withDirectoryLock } from './files/directory-lock.ts'

const CHECKSUMS = 'SHA256SUMS'

const LOCK_ATTEMPTS = 100
const LOCK_PAUSE_MS = 50

/**
 * Adds artifacts to SHA256SUMS in the directory `out` and returns its path. One run at a time does this,
 * since each also rewrites the lines of the others. Other runs wait, since it takes only a moment.
 */
export async function writeChecksums(artifacts: readonly Artifact[], out: string): Promise<string> {
  for (let attemptsLeft = LOCK_ATTEMPTS; ; attemptsLeft--) {
    try {
      return await withDirectoryLock(join(out, `.${CHECKSUMS}.lock`), `the checksums in ${out}`, async () =>
        placeArtifact({ out }, CHECKSUMS, { content: await checksumLines(artifacts, out) }),
      )
    } catch (error) {
      if (attemptsLeft === 0 || !(error instanceof OperatorError && error.code === 'LOCKED')) throw error
      await setTimeout(LOCK_PAUSE_MS)
    }
  }
}

/**
 * Returns the lines as `sha256sum --check` reads them. Files of earlier runs keep theirs while they exist.
 */
async function checksumLines(artifacts: readonly Artifact[], out: string): Promise<string> {
  const hashes = new Map<string, string>()
  const existing = await readFile(join(out, CHECKSUMS), 'utf8').catch(() => '')
  for (const [, hash = '', file = ''] of existing.matchAll(/^([0-9a-f]{64}) {2}(.+)$/gm))
    if (existsSync(join(out, file))) hashes.set(file, hash)
  for (const { file, sha256 } of artifacts) hashes.set(file, sha256)
  const files = [...hashes.keys()].sort()
  return files.map((file) => `${hashes.get(file)}  ${file}\n`).join('')
}

/**
 * Attests the provenance of the artifacts in a SHA256SUMS file, on GitHub's runners:
 *
 *     node scripts/release/attest/attest.mjs SHA256SUMS
 *
 * It uses @actions/attest, the library behind GitHub's own action, from npm; package-lock.json pins the
 * hashes. Sigstore signs the statement, and GitHub stores it. This command verifies a file:
 *
 *     gh attestation verify FILE --repo OWNER/REPOSITORY
 */
import { readFileSync } from 'node:fs'
import { subjectsOf } from './subjects.mjs'

const [, , path] = process.argv
if (path === undefined) throw new Error('usage: node scripts/release/attest/attest.mjs SHA256SUMS')
const subjects = subjectsOf(readFileSync(path, 'utf8'))
const missing = ['GITHUB_TOKEN', 'ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'].filter(
  (name) => !process.env[name],
)
if (missing.length > 0) {
  process.stderr.write(
    `${missing.join(', ')} not set: run this in a job with the permissions id-token and attestations.\n`,
  )
  process.exit(1)
}
const { attestProvenance } = await import('@actions/attest')
const { attestationID } = await attestProvenance({ subjects, token: process.env.GITHUB_TOKEN })
const { GITHUB_SERVER_URL, GITHUB_REPOSITORY } = process.env
const page = `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/attestations/${attestationID}`
process.stdout.write(`Attested ${subjects.length} files: ${page}\n`)

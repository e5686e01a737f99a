/**
 * Attests where the artefacts of a SHA256SUMS were built, on GitHub's runners: node scripts/release/attest/attest.mjs SHA256SUMS
 *
 * @actions/attest is what GitHub's own action is made of; here it comes from npm, held to the hashes of package-lock.json. The
 * statement is signed by Sigstore and kept by GitHub: gh attestation verify FILE --repo OWNER/REPOSITORY.
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
    `${missing.join(', ')} not set: this runs in a job with the permissions id-token and attestations.\n`,
  )
  process.exit(1)
}
const { attestProvenance } = await import('@actions/attest')
const { attestationID } = await attestProvenance({ subjects, token: process.env.GITHUB_TOKEN })
const { GITHUB_SERVER_URL, GITHUB_REPOSITORY } = process.env
process.stdout.write(
  `${subjects.length} files are attested: ${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/attestations/${attestationID}\n`,
)

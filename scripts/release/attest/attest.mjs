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
import { pageOf, requireVariables } from './github.mjs'
import { subjectsOf } from './subjects.mjs'

const [, , path] = process.argv
if (path === undefined) throw new Error('usage: node scripts/release/attest/attest.mjs SHA256SUMS')
const subjects = subjectsOf(readFileSync(path, 'utf8'))
requireVariables()
const { attestProvenance } = await import('@actions/attest')
const { attestationID } = await attestProvenance({ subjects, token: process.env.GITHUB_TOKEN })
process.stdout.write(`Attested ${subjects.length} files: ${pageOf(attestationID)}\n`)

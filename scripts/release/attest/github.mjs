/** Names the variables that are missing and ends the process, unless this is a job that may attest. */
export function requireVariables(...names) {
  const missing = [
    'GITHUB_TOKEN',
    'ACTIONS_ID_TOKEN_REQUEST_URL',
    'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
    ...names,
  ].filter((name) => !process.env[name])
  if (missing.length === 0) return
  process.stderr.write(
    `${missing.join(', ')} not set: run this in a job with the permissions id-token and attestations.\n`,
  )
  process.exit(1)
}

/** Returns the page of an attestation on GitHub. */
export function pageOf(attestation) {
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY } = process.env
  return `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/attestations/${attestation}`
}

/** Returns a project's name as files have it (PyPA, "Binary distribution format", escaping). */
export function distributionName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '_')
}

const STAGES: Readonly<Record<string, string>> = { alpha: 'a', beta: 'b', rc: 'rc' }

/**
 * Returns a version by Semantic Versioning as PEP 440 writes it: `1.0.0-rc.1` → `1.0.0rc1`.
 *
 * Errors: an Error where PEP 440 has no such version, or PyPI accepts none, as with a local part, which `+…`
 * becomes.
 */
export function pythonVersion(version: string): string {
  const match = /^(\d+\.\d+\.\d+)(?:-(alpha|beta|rc)(?:\.?(\d+))?)?$/.exec(version)
  const [, release, stage, number = '0'] = match ?? []
  if (!release) {
    throw new Error(
      `There is no version of Python packages for ${version}: only releases, and "-alpha.N", ` +
        '"-beta.N", "-rc.N" before one.',
    )
  }
  return stage ? `${release}${STAGES[stage]}${number}` : release
}

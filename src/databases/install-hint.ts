import { shellQuoted, toRun } from '../hint.ts'
import type { Capabilities } from '../store/types.ts'

/** Names no database, so that the hints about several are one. */
const MODERN_HINT =
  'Run "mathesarctl schema install" with its name, or "mathesarctl db upgrade --all"; where this machine has no ' +
  'copy of the SQL of that Mathesar, also name it with --schema-source or --release. Or open the database in ' +
  "Mathesar's web page: it asks for the role's login, and installs them."

/**
 * Returns a hint about how the Mathesar schemas of a stored database are installed or completed: with the
 * command, or by a Mathesar of 0.2.0 or later, which has the SQL of its own release.
 */
export function installHint(
  sentence: string,
  name: string,
  { generation }: Pick<Capabilities, 'generation'>,
): string {
  return generation === 'modern'
    ? MODERN_HINT
    : toRun(sentence, `mathesarctl schema install ${shellQuoted(name)}`)
}

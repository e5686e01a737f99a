import { shellQuoted, toRun } from '../hint.ts'
import type { Capabilities } from '../store/types.ts'

/**
 * Returns a hint about how the Mathesar schemas of a stored database are installed or completed: with the
 * command, or by a Mathesar that needs the SQL of its own release.
 */
export function installHint(
  sentence: string,
  name: string,
  { generation }: Pick<Capabilities, 'generation'>,
): string {
  if (generation === 'modern') {
    return "Open the database in Mathesar's web page: it asks for the role's login, and installs them."
  }
  return toRun(sentence, `mathesarctl schema install ${shellQuoted(name)}`)
}

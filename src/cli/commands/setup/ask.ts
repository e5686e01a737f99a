import type { Prompts } from '../../prompts/prompts.ts'
import type { Reporter } from '../../terminal.ts'

/** Offers to add a database now. Without prompts it names the command for that, and returns `false`. */
export async function offerAdd(reporter: Reporter, prompts: Prompts | null): Promise<boolean> {
  reporter.info()
  if (prompts === null) {
    reporter.info('Next: mathesarctl db add')
    return false
  }
  if (await prompts.yesNo('Add a user database now?', true)) return true
  reporter.info('To add one later, run: mathesarctl db add')
  return false
}

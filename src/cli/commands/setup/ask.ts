import type { Prompts } from '../../prompts/prompts.ts'
import type { Reporter } from '../../terminal.ts'

/**
 * Offers to add a database now, unless the internal database can't be written to. Without prompts it names
 * the command for that, and returns `false`.
 */
export async function offerAdd(
  reporter: Reporter,
  prompts: Prompts | null,
  { isWritable }: { isWritable: boolean },
): Promise<boolean> {
  reporter.info()
  if (!isWritable) {
    reporter.info('Next: mathesarctl db list')
    return false
  }
  if (prompts === null) {
    reporter.info('Next: mathesarctl db add')
    return false
  }
  if (await prompts.yesNo('Add a user database now?', true)) return true
  reporter.info('To add one later, run: mathesarctl db add')
  return false
}

import type { Prompts } from '../../prompts/prompts.ts'
import type { Reporter } from '../../terminal.ts'

/**
 * Offers to add a database now, unless the internal database can't be written to. Without prompts it names
 * the command for that, and returns `false`.
 *
 * @param next returns a command with the flags that it needs
 */
export async function offerAdd(
  reporter: Reporter,
  prompts: Prompts | null,
  { isWritable, next }: { isWritable: boolean; next: (command: string) => string },
): Promise<boolean> {
  reporter.info()
  if (!isWritable) {
    reporter.info(`Next: ${next('mathesarctl db list')}`)
    return false
  }
  if (prompts === null) {
    reporter.info(`Next: ${next('mathesarctl db add')}`)
    return false
  }
  if (await prompts.yesNo('Add a user database now?', true)) return true
  reporter.info(`To add one later, run: ${next('mathesarctl db add')}`)
  return false
}

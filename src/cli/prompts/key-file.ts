import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Prompts } from './prompts.ts'

/** Asks for the file with the secret key of a Mathesar, and returns its absolute path. */
export async function askKeyFile(prompts: Prompts, message = 'File with its SECRET_KEY:'): Promise<string> {
  const answer = await prompts.text({
    message,
    check: (value) => (value !== '' && existsSync(value) ? null : 'There is no such file.'),
    isUnfinished: () => true,
  })
  return resolve(answer)
}

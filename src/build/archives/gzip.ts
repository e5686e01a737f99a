import { runProgram } from '../programs/run-program.ts'
import type { BuildContext, Program } from '../types.ts'

export const GZIP: Program = { name: 'gzip', install: 'apt install gzip' }

/**
 * A text as `gzip -n` compresses it: without a name and a time, as Debian's policy wants manuals and changelogs. The program
 * does it, for Node's zlib makes other bytes on other processors.
 */
export function gzipped(
  text: string | Buffer,
  context: Pick<BuildContext, 'env' | 'signal'>,
  level = 9,
): Promise<Buffer> {
  // Options of the operator's would change the bytes.
  return runProgram('gzip', { args: ['-n', `-${level}`, '-c'], input: text, env: { GZIP: '' } }, context)
}

import { runProgram } from '../programs/run-program.ts'
import type { Program, ProgramContext } from '../types.ts'

export const GZIP: Program = { name: 'gzip', install: 'apt install gzip' }

/**
 * Compresses a text with `gzip -n`: without a name and a time, as Debian's policy wants manuals and
 * changelogs. The program compresses, since Node's zlib writes other bytes on other processors.
 */
export function gzipped(text: string | Buffer, context: ProgramContext, level = 9): Promise<Buffer> {
  // Options in the operator's environment would change the bytes.
  return runProgram('gzip', { args: ['-n', `-${level}`, '-c'], input: text, env: { GZIP: '' } }, context)
}

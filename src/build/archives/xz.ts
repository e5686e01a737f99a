import { runProgram } from '../programs/run-program.ts'
import type { Program, ProgramContext } from '../types.ts'

export const XZ: Program = { name: 'xz', install: 'apt install xz-utils' }

/**
 * xz 5.4.1 compresses Node 24's executable of 126.6 MB to 35.0 MB in 25 s of processor time at level 1; to
 * 34.1 MB in 34 s at 2, 33.6 MB in 49 s at 3, 31.6 MB in 71 s at 4, 30.4 MB in 90 s at 6. Every build pays
 * that time for a tenth of the size.
 */
const LEVEL = 1

/**
 * Compresses a file with xz and returns the path of the new file, which replaces the other: `.xz` follows the
 * name. Threads write blocks of a fixed size, with the same bytes on any number of processors. A single
 * thread writes other bytes, so the number of threads is fixed too. Debian 11's dpkg reads xz, but not zstd.
 *
 * @param options level or filters, and the size of blocks
 */
export async function compressXz(
  path: string,
  context: ProgramContext,
  options: readonly string[] = [`-${LEVEL}`, '--block-size=16MiB'],
): Promise<string> {
  const args = [...options, '--threads=2', '--check=crc64', '--no-adjust', '--', path]
  // Options in the operator's environment would change the bytes.
  await runProgram('xz', { args, env: { XZ_DEFAULTS: '', XZ_OPT: '' } }, context)
  return `${path}.xz`
}

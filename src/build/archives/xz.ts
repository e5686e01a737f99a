import { runProgram } from '../programs/run-program.ts'
import type { BuildContext, Program } from '../types.ts'

export const XZ: Program = { name: 'xz', install: 'apt install xz-utils' }

/**
 * Node 24's executable of 126.6 MB takes xz 5.4.1 25 s of processor time at level 1 and becomes 35.0 MB; 34 s and 34.1 MB at 2,
 * 49 s and 33.6 MB at 3, 71 s and 31.6 MB at 4, 90 s and 30.4 MB at 6. Every build pays for that, and nobody misses a tenth.
 */
const LEVEL = 1

/**
 * Compresses a file with xz; the new file has `.xz` after its name, which is returned, and takes the other's place. xz's blocks of a
 * fixed size, made by threads, are the same bytes whatever number of processors there is, and a single thread would make others:
 * so the number of threads is fixed too. Debian 11's dpkg reads xz, but not zstd.
 *
 * @param how level or filters, and the blocks' size
 */
export async function compressXz(
  path: string,
  context: Pick<BuildContext, 'env' | 'signal'>,
  how: readonly string[] = [`-${LEVEL}`, '--block-size=16MiB'],
): Promise<string> {
  const args = [...how, '--threads=2', '--check=crc64', '--no-adjust', '--', path]
  // Options of the operator's would change the bytes.
  await runProgram('xz', { args, env: { XZ_DEFAULTS: '', XZ_OPT: '' } }, context)
  return `${path}.xz`
}

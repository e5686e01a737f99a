import { createReadStream, createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'

/** A member of an ar archive: its content, or the file that has it. */
export type ArMember = { readonly name: string } & (
  | { readonly content: string | Buffer }
  | { readonly from: string }
)

/**
 * The longest name of a member: the header has room for one character more, which some readers expect to be a
 * slash.
 */
const LONGEST_NAME = 15

/**
 * Writes an ar archive as deb(5) describes it. Root owns the members, their mode is 0644, they keep the given
 * order, and all have one time.
 *
 * @param epoch seconds since 1970
 */
export async function writeAr(
  path: string,
  members: readonly ArMember[],
  epoch: number,
  signal?: AbortSignal,
): Promise<void> {
  await pipeline(archiveBytes(members, epoch), createWriteStream(path, { flags: 'wx' }), { signal })
}

async function* archiveBytes(members: readonly ArMember[], epoch: number): AsyncGenerator<string | Buffer> {
  yield '!<arch>\n'
  for (const member of members) {
    const size = 'from' in member ? (await stat(member.from)).size : Buffer.byteLength(member.content)
    yield header(member.name, size, epoch)
    if ('from' in member) yield* createReadStream(member.from)
    else yield member.content
    // Members begin at even offsets.
    if (size % 2 === 1) yield '\n'
  }
}

function header(name: string, size: number, epoch: number): string {
  if (name.length > LONGEST_NAME) throw new Error(`The name ${name} is too long for an ar archive`)
  const fields = [
    [name, 16],
    [epoch, 12],
    [0, 6],
    [0, 6],
    ['100644', 8],
    [size, 10],
  ] as const
  return `${fields.map(([value, width]) => String(value).padEnd(width)).join('')}\`\n`
}

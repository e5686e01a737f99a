import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'

/** A member of an ar archive: its content, or the file that has it. */
export type ArMember = { readonly name: string } & (
  | { readonly content: string | Buffer }
  | { readonly from: string }
)

/** The names of members that fit into a header with the slash that some readers want there. */
const LONGEST_NAME = 15

/**
 * Writes an ar archive, as deb(5) has them: members of root, mode 0644, in the given order, all of one time.
 *
 * @param epoch seconds since 1970
 */
export async function writeAr(path: string, members: readonly ArMember[], epoch: number): Promise<void> {
  const file = await open(path, 'wx')
  try {
    await file.write('!<arch>\n')
    for (const member of members) {
      const content = 'content' in member ? Buffer.from(member.content) : null
      const size = 'from' in member ? (await stat(member.from)).size : (content?.length ?? 0)
      await file.write(header(member.name, size, epoch))
      if ('from' in member) {
        for await (const chunk of createReadStream(member.from)) await file.write(chunk as Buffer)
      } else if (content) await file.write(content)
      // Members begin at even offsets.
      if (size % 2 === 1) await file.write('\n')
    }
  } finally {
    await file.close()
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

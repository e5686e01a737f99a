import { createReadStream } from 'node:fs'

/**
 * Returns whether a file is an executable of this tool in a version. It looks for the beginning of
 * answers.json, which every executable contains (scripts/build.ts) and no other file of this tool.
 *
 * Errors: those of reading the file.
 *
 * @param signal ends the search
 */
export async function isOwnExecutable(path: string, version: string, signal?: AbortSignal): Promise<boolean> {
  const marker = Buffer.from(markerOf(version))
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024, signal })) {
    const bytes: Buffer = Buffer.concat([rest, chunk])
    if (bytes.includes(marker)) return true
    // The marker may begin in one chunk and end in the next.
    rest = bytes.subarray(-marker.length)
  }
  return false
}

/** Returns how answers.json begins. */
function markerOf(version: string): string {
  const line = `${version}\n`
  const start = JSON.stringify({ '--version': line, '-V': line }).slice(0, -1)
  return `${start},"":"Usage: mathesarctl `
}

/** Which package a file comes from: what apt-file looks up. By path, the packages as `section/package`. */
export type Contents = Map<string, Set<string>>

export function addContents(contents: Contents, paths: Iterable<string>, location: string): void {
  for (const path of paths) {
    const known = contents.get(path)
    if (known) known.add(location)
    else contents.set(path, new Set([location]))
  }
}

export function contentsText(contents: Contents): string {
  return [...contents]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([path, locations]) => `${path.padEnd(55)} ${[...locations].sort().join(',')}\n`)
    .join('')
}

export function parseContents(text: string): Contents {
  const contents: Contents = new Map()
  for (const line of text.split('\n')) {
    // Paths may have blanks, the names of packages none.
    const parts = /^(.*\S)[ \t]+(\S+)$/.exec(line)
    if (parts) contents.set(parts[1] as string, new Set((parts[2] as string).split(',')))
  }
  return contents
}

/** The packages that install each path, as `section/package`, by path. apt-file looks them up. */
export type Contents = Map<string, Set<string>>

/** Adds the paths that a package installs. */
export function addContents(contents: Contents, paths: Iterable<string>, location: string): void {
  for (const path of paths) {
    const locations = contents.get(path)
    if (locations) locations.add(location)
    else contents.set(path, new Set([location]))
  }
}

/** Returns the text of a Contents file. */
export function contentsText(contents: Contents): string {
  return [...contents]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([path, locations]) => `${path.padEnd(55)} ${[...locations].sort().join(',')}\n`)
    .join('')
}

/** Reads a Contents file. */
export function parseContents(text: string): Contents {
  const contents: Contents = new Map()
  for (const line of text.split('\n')) {
    // Paths may have blanks, the names of packages have none.
    const [, path, locations] = /^(.*\S)[ \t]+(\S+)$/.exec(line) ?? []
    if (path !== undefined && locations !== undefined) contents.set(path, new Set(locations.split(',')))
  }
  return contents
}

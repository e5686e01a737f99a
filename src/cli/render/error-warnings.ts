/** The warnings of this run, which an error with `--json` contains in the place of the document. */
const kept: string[] = []

/** Keeps a warning for the case that the command fails. */
export function keepForError(warning: string): void {
  kept.push(warning)
}

/** Returns the warnings of the run as a member of the document of an error; empty if there are none. */
export function warningsBesideError(): { warnings?: readonly string[] } {
  return kept.length > 0 ? { warnings: kept } : {}
}

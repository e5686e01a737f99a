import { splitStatements } from './statements.ts'

/** At most this many objects are created between two reports of progress. */
const OBJECTS_PER_PIECE = 25

/** A run of whole statements. */
export interface SqlPiece {
  sql: string
  /** How many objects it creates. */
  objects: number
}

/**
 * A file of SQL in pieces; an install reports its progress between two of them. Joined they are the file,
 * with a semicolon at its end if the file has none.
 */
export interface SqlFile {
  objects: number
  pieces: readonly SqlPiece[]
}

/**
 * Cuts a script into pieces of few objects each. The bundled SQL is cut when the program is built (an import
 * with `?pieces` yields an `SqlFile`): to find the statements in all of it would cost each install some 15
 * ms.
 */
export function cutSql(script: string): SqlFile {
  const pieces: SqlPiece[] = []
  let from = 0
  let to = 0
  let count = 0
  const statements = splitStatements(script)
  for (const { objects, end } of statements) {
    if (count >= OBJECTS_PER_PIECE) {
      pieces.push({ sql: script.slice(from, to), objects: count })
      from = to
      count = 0
    }
    to = end
    count += objects
  }
  // What an install adds after a piece is a statement of its own; a comment may end the script.
  const end = (statements.at(-1)?.isTerminated ?? true) ? '' : '\n;\n'
  pieces.push({ sql: script.slice(from) + end, objects: count })
  return { objects: pieces.reduce((sum, { objects }) => sum + objects, 0), pieces }
}

/** Returns how many objects files of SQL create together. */
export function totalObjects(files: readonly SqlFile[]): number {
  return files.reduce((sum, { objects }) => sum + objects, 0)
}

/** Returns the text that was cut. */
export function joinSql({ pieces }: SqlFile): string {
  return pieces.map(({ sql }) => sql).join('')
}

import { listed } from '../../../listed.ts'
import { compareVersions } from '../compare-versions.ts'
import { splitStatements } from '../statements.ts'
import { sourceError } from './contents.ts'
import type { ReleaseFiles } from './source.ts'
import { LAST_KNOWN } from './version.ts'

/** The numbers of the files that every release has: the list of objects, the remover, and the functions. */
const ESSENTIAL = ['00', '02', '05'] as const

/** Those of the releases that this version knows. 0.2.3 added the last one. */
const KNOWN = ['00', '01', '02', '05', '10', '30', '45', '50'] as const
const ADDED = { number: '46', since: '0.2.3' } as const

/** What ends or divides the transaction of an install. */
const TRANSACTION_CONTROL =
  /^\s*(BEGIN|START\s+TRANSACTION|COMMIT|END|ROLLBACK|ABORT|SAVEPOINT|RELEASE|PREPARE\s+TRANSACTION)\b/iu

/**
 * Returns the files of a release in the order of its own install, by their numbers.
 *
 * Errors: `USAGE` for a file that the release has and that is missing, and for one that an install can't run
 * in its transaction: not UTF-8, a command of psql, or a statement that ends a transaction.
 *
 * @param place the source, as messages name it
 */
export function checkedFiles(
  place: string,
  version: string,
  files: ReadonlyMap<string, Buffer>,
): ReleaseFiles['files'] {
  const names = [...files.keys()].sort()
  const numbers = new Set(names.map((name) => name.slice(0, 2)))
  const twin = names.find((name, index) => names[index - 1]?.slice(0, 2) === name.slice(0, 2))
  if (twin !== undefined) {
    const number = twin.slice(0, 2)
    const twins = names.filter((name) => name.startsWith(number))
    throw sourceError(
      `The source ${place} is ambiguous: it has ${twins.length} files of the number ${number}, ${listed(twins)}.`,
      'Leave only the one that belongs to the release, or copy or unpack that release again.',
    )
  }
  const missing = numbersOf(version).filter((number) => !numbers.has(number))
  if (missing.length > 0) {
    throw sourceError(
      `The source ${place} is not complete: of the SQL of Mathesar ${version}, ` +
        `${listed(missing.map((number) => `${number}_*.sql`))} ${missing.length === 1 ? 'is' : 'are'} missing.`,
      'Copy or unpack that release again.',
    )
  }
  return names.map((name) => ({ name, sql: checkedText(place, name, files.get(name) ?? Buffer.alloc(0)) }))
}

function numbersOf(version: string): string[] {
  if (compareVersions(version, LAST_KNOWN) > 0) return [...ESSENTIAL]
  return compareVersions(version, ADDED.since) < 0 ? [...KNOWN] : [...KNOWN, ADDED.number].sort()
}

function checkedText(place: string, name: string, bytes: Buffer): string {
  const refuse = (reason: string) =>
    sourceError(
      `The file ${name} of ${place} is not the SQL of a release: ${reason}.`,
      'Copy or unpack that release again: an install runs its files unchanged.',
    )
  const text = decoded(bytes)
  if (text === null) throw refuse('it is not UTF-8')
  if (text.startsWith('\u{FEFF}')) throw refuse('it begins with a byte order mark')
  if (text.includes('\0')) throw refuse('it has a zero byte')
  if (text.trim() === '') throw refuse('it is empty')
  for (const { code } of splitStatements(text)) {
    // Outside of strings SQL has no backslash. Code of a DO block is kept, and may have strings in it.
    if ((/^\s*DO\b/i.test(code) ? /^[ \t]*\\/m : /\\/).test(code)) throw refuse('it has a command of psql')
    const [, control] = TRANSACTION_CONTROL.exec(code) ?? []
    if (control !== undefined) throw refuse(`it has the statement ${control.toUpperCase()}`)
  }
  return text
}

function decoded(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}

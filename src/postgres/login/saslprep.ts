import { LEFT_TO_RIGHT, PROHIBITED, RIGHT_TO_LEFT } from './stringprep-tables.ts'

type Range = readonly [first: number, last: number]

/** RFC 3454, C.1.2: these become a space. */
const SPACES = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g

/** RFC 3454, B.1 without U+200B, which is a space: these become nothing. */
const NOTHING = /\u00ad|\u034f|\u1806|[\u180b-\u180d]|\u200c|\u200d|\u2060|[\ufe00-\ufe0f]|\ufeff/g

/** ASCII has no letter of a script that is written from left to right but these (RFC 3454, D.2). */
const ASCII_LETTER = /[A-Za-z]/

let tables: { prohibited: Range[]; rightToLeft: Range[]; leftToRight: Range[] } | null = null

/**
 * Prepares a password for SCRAM as PostgreSQL does on both sides: SASLprep (RFC 4013); a password that
 * SASLprep refuses is used as it is (PostgreSQL manual, "SASL Authentication"). Such a password has a
 * prohibited or unassigned code point, mixes directions of writing, or has nothing left of it.
 *
 * As in PostgreSQL, the checks are about the password before its normalization, and an ASCII password is
 * always used as it is.
 */
export function saslprep(password: string): string {
  if (isAscii(password)) return password
  const mapped = password.replace(SPACES, ' ').replace(NOTHING, '')
  return mapped !== '' && isPermitted(mapped) ? mapped.normalize('NFKC') : password
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return false
  return true
}

function isPermitted(text: string): boolean {
  tables ??= {
    prohibited: readRanges(PROHIBITED),
    rightToLeft: readRanges(RIGHT_TO_LEFT),
    leftToRight: readRanges(LEFT_TO_RIGHT),
  }
  const { prohibited, rightToLeft, leftToRight } = tables
  const characters = [...text]
  const isIn = (ranges: readonly Range[], character: string | undefined) =>
    character !== undefined && contains(ranges, character.codePointAt(0) ?? 0)
  if (characters.some((character) => isControl(character) || isIn(prohibited, character))) return false
  if (!characters.some((character) => isIn(rightToLeft, character))) return true
  // RFC 3454, section 6: right to left from the first character to the last.
  return (
    !characters.some((character) => ASCII_LETTER.test(character) || isIn(leftToRight, character)) &&
    isIn(rightToLeft, characters[0]) &&
    isIn(rightToLeft, characters.at(-1))
  )
}

/** RFC 3454, C.2.1. */
function isControl(character: string): boolean {
  return character < ' ' || character === '\x7f'
}

function readRanges(table: string): Range[] {
  return table.split(' ').map((word) => {
    const [first = '', last = first] = word.split('-')
    return [Number.parseInt(first, 16), Number.parseInt(last, 16)]
  })
}

function contains(ranges: readonly Range[], codePoint: number): boolean {
  let low = 0
  let high = ranges.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const [first, last] = ranges[middle] ?? [0, 0]
    if (codePoint < first) high = middle - 1
    else if (codePoint > last) low = middle + 1
    else return true
  }
  return false
}

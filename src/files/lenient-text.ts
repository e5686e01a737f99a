import { readFileSync } from 'node:fs'
import { decodeText, isDamaged } from './decode-text.ts'

/**
 * What is known of a text of the command line or the environment: Node has decoded these before the program
 * sees them, with U+FFFD in the place of bytes that are not UTF-8. `possible`: the text has U+FFFD, and
 * nothing shows whether it was there before.
 */
export type Damage = 'none' | 'certain' | 'possible'

/** Returns what is known of a text that came from an argument of this process. */
export function argumentDamage(text: string): Damage {
  if (!isDamaged(text)) return 'none'
  return damageOf(originals('cmdline').filter(({ lenient }) => isArgument(lenient, text)))
}

/** Returns what is known of the value of an environment variable. */
export function variableDamage(name: string, value: string): Damage {
  if (!isDamaged(value)) return 'none'
  return damageOf(originals('environ').filter(({ lenient }) => lenient === `${name}=${value}`))
}

/** Returns what is known of a text whose origin is not known. */
export function anyDamage(text: string): Damage {
  return isDamaged(text) ? 'possible' : 'none'
}

/** Returns what is wrong with a text, as the end of a sentence; `null` if nothing is. */
export function damageProblem(damage: Damage): string | null {
  switch (damage) {
    case 'none':
      return null
    case 'certain':
      return 'has bytes that are not UTF-8'
    case 'possible':
      return "has bytes that are not UTF-8, or the character U+FFFD, and the program can't tell which"
  }
}

interface Original {
  bytes: Buffer
  lenient: string
}

/** The launcher sets this variable where another Node has already decoded everything. */
const DECODED_BEFORE = 'MATHESARCTL_LAUNCHED'

/** Returns the bytes that this process was started with; none on systems without /proc. */
function originals(file: 'cmdline' | 'environ'): Original[] {
  if (process.env[DECODED_BEFORE]) return []
  let bytes: Buffer
  try {
    bytes = readFileSync(`/proc/self/${file}`)
  } catch {
    return []
  }
  const found: Original[] = []
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(0, start)
    const one = bytes.subarray(start, end < 0 ? undefined : end)
    found.push({ bytes: one, lenient: one.toString('utf8') })
    start = end < 0 ? bytes.length : end + 1
  }
  return found
}

/** An argument may be the text itself, or a flag and the text. */
function isArgument(argument: string, text: string): boolean {
  return argument === text || (argument.startsWith('--') && argument.endsWith(`=${text}`))
}

function damageOf(found: readonly Original[]): Damage {
  if (found.length === 0) return 'possible'
  return found.every(({ bytes }) => decodeText(bytes).text !== null) ? 'none' : 'certain'
}

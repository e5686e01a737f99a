/** Bytes as text: the text, or what they probably are instead, as the end of a sentence. */
export type Decoded = { text: string } | { text: null; encoding: string }

/**
 * Decodes UTF-8 strictly, and keeps a byte order mark. Text with many NUL characters counts as UTF-16, whose
 * ASCII characters are valid UTF-8 too.
 */
export function decodeText(bytes: Buffer): Decoded {
  const wide = wideEncoding(bytes)
  if (wide !== null) return { text: null, encoding: wide }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) }
  } catch {
    // The decoder's error could show a part of a secret.
    return { text: null, encoding: 'a single-byte encoding, such as Latin-1 or Windows-1252' }
  }
}

/** How to convert a file, as a hint. */
export const CONVERT_HINT =
  'Write it again in UTF-8, for example with iconv -f ENCODING -t UTF-8, where ENCODING is the one it has.'

/** Returns the name of an encoding with more than one byte for each character; `null` for any other. */
function wideEncoding(bytes: Buffer): string | null {
  const [first, second, third, fourth] = bytes
  if (first === 0xff && second === 0xfe) return third === 0 && fourth === 0 ? 'UTF-32' : 'UTF-16'
  if (first === 0xfe && second === 0xff) return 'UTF-16'
  const sample = bytes.subarray(0, 4096)
  const zeros = sample.reduce((count, byte) => (byte === 0 ? count + 1 : count), 0)
  return zeros > 1 && zeros * 3 >= sample.length ? 'UTF-16 or UTF-32' : null
}

/** The character that lenient decoders put in the place of bytes that are not UTF-8. */
const REPLACEMENT = '\u{FFFD}'

/**
 * Returns whether a text of the command line or the environment had bytes that are not UTF-8: Node has
 * decoded these before the program sees them.
 */
export function isDamaged(text: string): boolean {
  return text.includes(REPLACEMENT)
}

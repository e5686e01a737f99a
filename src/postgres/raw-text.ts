/**
 * Text of a database with the encoding SQL_ASCII, which accepts any bytes: they need not be UTF-8. A string
 * represents a byte that is not UTF-8 by a lone surrogate, U+DC80 to U+DCFF, which no text in UTF-8 can
 * contain, so that nothing is lost on the way to the server and back. (Python calls this "surrogateescape".)
 */

const BASE = 0xdc00

/**
 * A sequence of UTF-8 (Unicode, table 3-7), each byte as one character; otherwise one byte that is not UTF-8.
 */
const SEQUENCE =
  /[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[\x80-\xff]/g

/** A byte that is not UTF-8, in a string. */
const RAW = /[\udc80-\udcff]/u
const EVERY_RAW = /[\udc80-\udcff]/gu

/** Returns the string that represents the bytes. */
export function textOfBytes(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replace(SEQUENCE, (sequence) =>
      sequence.length > 1
        ? Buffer.from(sequence, 'latin1').toString()
        : String.fromCharCode(BASE + sequence.charCodeAt(0)),
    )
}

/** Returns the bytes that such a string represents. */
export function bytesOfText(text: string): Buffer {
  const chunks: Buffer[] = []
  let from = 0
  for (const { 0: raw, index } of text.matchAll(EVERY_RAW)) {
    chunks.push(Buffer.from(text.slice(from, index)), Buffer.from([raw.charCodeAt(0) - BASE]))
    from = index + 1
  }
  return Buffer.concat([...chunks, Buffer.from(text.slice(from))])
}

/**
 * Returns a statement that can be sent: the given one, or, if that contains bytes that are not UTF-8, one
 * that decodes it on the server and runs it, without rows.
 */
export function carriedStatement(statement: string): string {
  if (!RAW.test(statement)) return statement
  const hex = bytesOfText(statement).toString('hex')
  return `DO $raw$ BEGIN EXECUTE pg_catalog.convert_from(pg_catalog.decode('${hex}', 'hex'), 'SQL_ASCII'); END $raw$`
}

/**
 * Returns a query whose rows, each a JSON object, arrive as hexadecimal digits in one column, `row`;
 * `rowOfHex` reads them.
 */
export function hexQuery(query: string): string {
  return `SELECT encode(convert_to(to_json(r)::text, 'SQL_ASCII'), 'hex') AS row FROM (
${query}
) r`
}

export function rowOfHex<Row>(hex: string): Row {
  return JSON.parse(textOfBytes(Buffer.from(hex, 'hex')))
}

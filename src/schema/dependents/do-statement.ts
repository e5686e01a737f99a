import { quoteLiteral } from '../../postgres/quote.ts'

/** A block of PL/pgSQL, whatever names and texts are in it: no dollar quote is safe against those. */
export function doStatement(block: string): string {
  return `DO ${quoteLiteral(block)}`
}

import type { SqlType } from './types.ts'

/** Returns the name of the function that casts to a type: `cast_to_`, then the type without its schema. */
export function functionName(target: SqlType): string {
  const name = target.name.slice(target.name.lastIndexOf('.') + 1)
  return `cast_to_${name.replaceAll(' ', '_').replaceAll('"', '_double_quote_')}`
}

import type { Summary } from './statistics.ts'

export function ms(value: number): string {
  return value >= 1000 ? `${(value / 1000).toFixed(2)} s` : `${value.toFixed(0)} ms`
}

/** Returns the median, and in brackets the least and the most. */
export function spread({ min, median, max }: Summary): string {
  return `${ms(median)} (${ms(min)} to ${ms(max)})`
}

/** Returns the ratio as text. */
export function times(value: number, reference: number): string {
  return `${(value / reference).toFixed(2)} x`
}

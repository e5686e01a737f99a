/** Returns the columns of the terminal that stderr is, or `null` if it is none. */
export function stderrWidth(): number | null {
  return process.stderr.isTTY ? (process.stderr.columns ?? 80) : null
}

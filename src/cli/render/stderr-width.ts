/** The columns of the terminal that stderr is, or `null` where it is none. */
export function stderrWidth(): number | null {
  return process.stderr.isTTY ? (process.stderr.columns ?? 80) : null
}

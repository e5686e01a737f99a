/** Columns of a help text where the terminal has room for them, and where there is no terminal. */
export const HELP_WIDTH = 80

/** Returns the columns of help on stdout: those of a terminal that is narrower than usual. */
export function outputHelpWidth(): number {
  return process.stdout.isTTY ? Math.min(process.stdout.columns, HELP_WIDTH) : HELP_WIDTH
}

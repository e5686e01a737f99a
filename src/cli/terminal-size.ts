const USUAL_SIZE = { columns: 80, rows: 24 } as const

/**
 * Makes a terminal stream report a usual size where the terminal reports none. A terminal whose size nobody
 * has set (a serial line, a new pseudo-terminal, some CI systems) has 0 columns and 0 rows, now or after a
 * resize. Libraries that draw on the stream divide by its columns.
 */
export function assumeTerminalSize(stream: NodeJS.WriteStream): void {
  if (!stream.isTTY) return
  for (const side of ['columns', 'rows'] as const) {
    let size = stream[side]
    Object.defineProperty(stream, side, {
      configurable: true,
      enumerable: true,
      get: () => (size > 0 ? size : USUAL_SIZE[side]),
      // Node sets it after each resize.
      set: (reported: number) => {
        size = reported
      },
    })
  }
}

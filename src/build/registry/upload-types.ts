export interface UploadOptions {
  readonly signal: AbortSignal | undefined
  /** Milliseconds before the second attempt; each further one waits twice as long. */
  readonly pause?: number
}

import type { ReadStream } from 'node:fs'
import { OperatorError } from '../errors.ts'
import { fileReason } from '../files/file-reason.ts'

interface FileListeners {
  onProgress(): void
  /** Receives the operator's error (`INTERNAL`). */
  onError(error: OperatorError): void
}

/**
 * Watches the file of a request's body. If it can't be read, or has fewer bytes than the request announced,
 * the server would wait for the rest, and the connection would seem to be lost.
 *
 * @param bytes that the request sends
 */
export function watchBodyFile(file: ReadStream, bytes: number, { onProgress, onError }: FileListeners): void {
  const refuse = (reason: string, cause?: unknown) =>
    onError(
      new OperatorError(
        'INTERNAL',
        `${file.path} can't be uploaded: ${reason}.`,
        'Another program may have changed it. Run the same command again.',
        cause === undefined ? {} : { cause },
      ),
    )
  file.on('error', (error) => refuse(fileReason(error), error))
  file.on('data', onProgress)
  file.on('end', () => {
    if (file.bytesRead < bytes) refuse('it has become shorter')
  })
}

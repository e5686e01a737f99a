import { installSchema } from '../../schema/install/install.ts'
import { isReplacement } from '../choose-action.ts'
import { DEFAULT_LOCK_TIMEOUT_MS } from '../events.ts'
import { commitRecorder } from '../recover/index.ts'
import { sourceText } from '../source-text.ts'
import { describeFound, describeRegistered } from './describe.ts'
import { type AddRequest, type FoundSchema, type PreparedDatabase, writesSchemas } from './types.ts'

/**
 * Installs the schemas where the add decided to, in one transaction, and returns what the database has then;
 * `null` if it has none that Mathesar can use, because the add only registers. Errors: those of
 * `installSchema`, `UnknownOutcomeError` among them.
 */
export async function installSchemas(
  { source, options }: AddRequest,
  { session, facts, state, reading, action, operation }: PreparedDatabase,
): Promise<FoundSchema | null> {
  if (action === 'none') return describeRegistered(state)
  if (!writesSchemas(action)) return describeFound(state)
  options.onProgress?.({ type: 'step', step: 'install', detail: sourceText(source) })
  const record = await installSchema(session, source, state, {
    lockTimeoutMs: options.lockTimeoutMs ?? DEFAULT_LOCK_TIMEOUT_MS,
    installId: operation?.id ?? crypto.randomUUID(),
    replace: isReplacement(action),
    earlier: reading,
    beforeCommit: operation ? commitRecorder(operation, facts) : undefined,
    onProgress: (progress) => options.onProgress?.({ type: 'progress', step: 'install', progress }),
    onNotice: (message) => options.onProgress?.({ type: 'detail', message }),
    onLock: (holder) => options.onProgress?.({ type: 'lock', holder }),
    onRetry: (attempt, attempts) => options.onProgress?.({ type: 'retry', attempt, attempts }),
  })
  return { source: record.source, version: record.version, objects: record.objects, release: null }
}

import type { RemoveSchemaResult } from '../../../../databases/schema.ts'
import { showRehearsalEnd, showRemoval } from '../../../render/removal-result.ts'
import type { Terminal } from '../../../terminal.ts'

/** A result of a removal that the operator did not decline. */
export type ConsentedRemoval = RemoveSchemaResult & {
  status: Exclude<RemoveSchemaResult['status'], 'declined'>
}

/**
 * Writes what a removal did, as one JSON document or for people.
 *
 * @param dialogue whether the dialogue has shown how a rehearsal went, and what the removal recreates
 */
export function showRemovedSchema(
  result: ConsentedRemoval,
  terminal: Terminal,
  { isRehearsalShown, recreated }: { isRehearsalShown: boolean; recreated: () => readonly string[] },
): void {
  if (terminal.isJson) {
    terminal.document('schema remove', { ...result, ...terminal.collected() })
    return
  }
  if (result.status === 'absent') {
    terminal.info(
      result.typesKept
        ? 'The database has neither msar nor __msar; mathesar_types stays. Nothing was changed.'
        : 'The database has no Mathesar schemas. Nothing was changed.',
    )
    return
  }
  showRemoval(result, terminal, { alsoRemoved: [], recreated: recreated() })
  if (result.status === 'rehearsed') showRehearsalEnd(result, terminal, isRehearsalShown)
  if (result.status !== 'removed') return
  const schemas = result.typesKept
    ? 'the schemas msar and __msar; mathesar_types stays.'
    : 'the Mathesar schemas.'
  terminal.info(`${terminal.style.green('Removed')} ${schemas}`)
}

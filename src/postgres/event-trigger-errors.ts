import type pg from 'pg'
import { toRun } from '../hint.ts'
import type { Classified } from './classified.ts'
import { quoteIdentifier } from './quote.ts'
import type { EventTrigger } from './types.ts'

/** Functions of these schemas belong to the install and not to an event trigger. */
const OWN_SCHEMAS = /^"?(msar|__msar|mathesar_types)"?\./

/**
 * Returns the function that raised the error, if it can be an event trigger's: one of the known ones, or one
 * without arguments outside the Mathesar schemas. The error's context, whose words may be translated, names
 * it.
 */
export function raisingFunction(
  error: pg.DatabaseError,
  triggers: readonly EventTrigger[] | undefined,
): { function: string; trigger: EventTrigger | null } | null {
  for (const line of (error.where ?? '').split('\n')) {
    const name = /^PL\/\w+[^"]*?\s((?:"(?:[^"]|"")*"|[\w$])+(?:\.(?:"(?:[^"]|"")*"|[\w$])+)?)\(\)/u.exec(
      line,
    )?.[1]
    if (name === undefined || OWN_SCHEMAS.test(name)) continue
    const bare = name.replaceAll('"', '')
    const trigger = triggers?.find(({ function: qualified }) => {
      const known = qualified.replaceAll('"', '').replace(/\(\)$/, '')
      return known === bare || known.endsWith(`.${bare}`)
    })
    return { function: `${name}()`, trigger: trigger ?? null }
  }
  return null
}

export function withTrigger(
  known: Classified | null,
  error: pg.DatabaseError,
  raised: { function: string; trigger: EventTrigger | null },
): Classified {
  const owner = raised.trigger === null ? 'an event trigger' : `the event trigger "${raised.trigger.name}"`
  const data = { ...known?.data, function: raised.function, eventTrigger: raised.trigger?.name ?? null }
  if (known !== null) {
    return {
      ...known,
      hint: `The error was raised in the function ${raised.function}, which ${owner} of this database runs. ${known.hint}`,
      data,
    }
  }
  return {
    code: 'SCHEMA_CONFLICT',
    message: `The function ${raised.function}, which ${owner} of this database runs, raised an error: ${error.message} (SQLSTATE ${error.code}).`,
    hint:
      raised.trigger === null
        ? toRun(
            'Correct the function, or disable its event trigger until the command has succeeded. To list the event ' +
              'triggers with their functions, run:',
            'SELECT evtname, evtfoid::regprocedure, evtowner::regrole FROM pg_catalog.pg_event_trigger;',
          )
        : toRun(
            "Correct the function, or run this as the trigger's owner until the command has succeeded:",
            `ALTER EVENT TRIGGER ${quoteIdentifier(raised.trigger.name)} DISABLE;`,
          ),
    data,
  }
}

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isSlowLane } from '../support/lanes.ts'
import { type Command, run, statusOf } from './run.ts'
import { startWorld, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(async () => {
  await world?.stop()
})

const label = (name: string) => `'${name}@dirk'`
const TABLE = 'mathesar_types.top_level_domains'

/** Code that the owner of the Mathesar schemas put into them, where an install or a removal may run it. */
const INSIDE: readonly [name: string, script: string][] = [
  ['nothing', ''],
  [
    'trigger',
    `CREATE TRIGGER r BEFORE INSERT OR UPDATE OR DELETE ON ${TABLE} FOR EACH ROW EXECUTE FUNCTION trap_dirk.on_row(${label('trigger')});
    CREATE TRIGGER s AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON ${TABLE} EXECUTE FUNCTION trap_dirk.on_row(${label('trigger')});`,
  ],
  [
    'deferred trigger',
    `CREATE CONSTRAINT TRIGGER r AFTER INSERT OR UPDATE ON ${TABLE} DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION trap_dirk.on_row(${label('deferred trigger')});`,
  ],
  [
    'trigger that defers',
    `CREATE FUNCTION trap_dirk.deferring() RETURNS trigger LANGUAGE plpgsql
      AS $f$ BEGIN PERFORM trap_dirk.defer(${label('trigger that defers')}); RETURN NEW; END $f$;
    CREATE TRIGGER r BEFORE INSERT OR UPDATE ON ${TABLE} FOR EACH ROW EXECUTE FUNCTION trap_dirk.deferring();`,
  ],
  ['check', `ALTER TABLE ${TABLE} ADD CHECK (trap_dirk.spring(${label('check')}));`],
  [
    'default',
    `ALTER TABLE ${TABLE} ADD said text; ALTER TABLE ${TABLE} ALTER said SET DEFAULT trap_dirk.say(${label('default')}, 'x');`,
  ],
  [
    'policy',
    `ALTER TABLE ${TABLE} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
    CREATE POLICY p ON ${TABLE} USING (trap_dirk.spring(${label('policy')})) WITH CHECK (trap_dirk.spring(${label('policy')}));`,
  ],
  ['rule', `CREATE RULE r AS ON INSERT TO ${TABLE} DO ALSO SELECT trap_dirk.spring(${label('rule')});`],
  [
    'index',
    `CREATE INDEX ON ${TABLE} ((trap_dirk.say(${label('index')}, 'x'))) WHERE trap_dirk.quiet(${label('index')});`,
  ],
  [
    'check of a domain',
    `ALTER DOMAIN mathesar_types.uri ADD CONSTRAINT another CHECK (trap_dirk.spring(${label('check of a domain')}));
    ALTER DOMAIN mathesar_types.email ADD CHECK (trap_dirk.spring(${label('check of a domain')}));
    ALTER DOMAIN mathesar_types.mathesar_json_array ADD CHECK (trap_dirk.spring(${label('check of a domain')}));
    ALTER DOMAIN mathesar_types.mathesar_money ADD CHECK (trap_dirk.spring(${label('check of a domain')}));`,
  ],
  [
    'functions that are replaced',
    `DO $do$ DECLARE f record; BEGIN
      FOR f IN SELECT p.oid::regprocedure AS name, pg_get_functiondef(p.oid) AS text FROM pg_proc p
        JOIN pg_language l ON l.oid = p.prolang AND l.lanname = 'plpgsql'
        WHERE p.pronamespace IN ('msar'::regnamespace, '__msar'::regnamespace, 'mathesar_types'::regnamespace) AND p.prokind = 'f'
      LOOP
        EXECUTE regexp_replace(f.text, '\\mBEGIN\\M', 'BEGIN PERFORM trap_dirk.spring(${label('functions that are replaced').replaceAll("'", "''")}); ');
      END LOOP;
    END $do$;`,
  ],
]

const INSTALLS: readonly Command[] = ['install over', 'replace']
const OTHERS: readonly Command[] = ['status', 'dependents', 'dry run', 'keep types', 'cascade', 'convert']

describe.each(['postgres', 'dba'] as const)(
  'code inside the Mathesar schemas, where %s runs a command',
  (as) => {
    const check = async (script: string, commands: readonly Command[], may: readonly number[]) => {
      const planted = await world.database()
      await world.sql(planted, `SET ROLE dirk; DELETE FROM ${TABLE} WHERE tld < 'd'; ${script}`)
      const offenders: string[] = []
      for (const command of commands) {
        const database = await world.database(planted)
        const { outcome, wrong } = await run(world, { database, as, command, owners: ['dirk'] })
        await world.drop(database)
        offenders.push(...wrong.map((each) => `${command}: ${each}`))
        if (!may.includes(statusOf(outcome)))
          offenders.push(
            `${command} ends with ${outcome === 'done' ? 0 : `${outcome.exit}: ${outcome.message}`}`,
          )
      }
      await world.drop(planted)
      expect(offenders).toEqual([])
    }

    // In the default lane the two roles take turns with the places.
    const places = INSIDE.filter((_, index) => isSlowLane || (index % 2 === 0) === (as === 'postgres'))
    // An object of a user's inside, or a deferred trigger, may be refused; nothing else happens.
    it.each(places)('gains no right that its owner lacks from an install: %s', (name, script) =>
      check(script, INSTALLS, name === 'nothing' ? [0] : [0, 8]),
    )

    it('gains no right that its owner lacks from any other command', () =>
      check(
        INSIDE.map(([, script]) =>
          script.replaceAll(/ TRIGGER [rs] /g, () => ` TRIGGER r${++triggers} `),
        ).join('\n'),
        OTHERS,
        [0, 8],
      ))
  },
)

let triggers = 0

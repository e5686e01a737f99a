import type { ReleaseRange } from '../types.ts'
import type { Generation } from './types.ts'

/** A migration of Mathesar's, and the first release that has it. */
interface Migration {
  name: string
  first: string
}

const migration = (name: string, first: string): Migration => ({ name, first })

/** The migrations of each generation in their order, with the last release of the generation. */
const KNOWN: Readonly<
  Record<Generation, { migrations: readonly Migration[]; needed: string; last: string }>
> = {
  legacy: {
    migrations: [
      migration('0001_initial', '0.1.0'),
      migration('0002_datafile_type', '0.1.3'),
      migration('0003_datafile_max_level', '0.1.3'),
      migration('0004_shares', '0.1.3'),
      migration('0005_release_0_1_4', '0.1.4'),
      migration('0006_mathesar_databases_to_model', '0.1.4'),
    ],
    needed: '0006_mathesar_databases_to_model',
    last: '0.1.7',
  },
  modern: {
    migrations: [
      migration('0001_initial', '0.2.0'),
      migration('0002_custom_db_server_integrity_constraints', '0.2.0'),
      migration('0003_v021', '0.2.1'),
      migration('0004_tablemetadata_mathesar_added_pkey_attnum', '0.2.2'),
      migration('0005_make_server_port_nullable', '0.2.4'),
      migration('0006_analyticsreport_sso_connected_user_count', '0.4.0'),
      migration('0007_form_formfield', '0.5.0'),
      migration('0008_downloadlink', '0.6.0'),
      migration('0009_columnmetadata_file_backend', '0.6.0'),
      migration('0010_server_sslmode', '0.8.0'),
      migration('0011_columnmetadata_user_type', '0.10.0'),
      migration('0012_alter_user_username', '0.11.0'),
    ],
    needed: '0002_custom_db_server_integrity_constraints',
    last: '0.11.0',
  },
}

/** The releases of 0.2.0 and later, in order: the last one before a migration is the end of a range. */
const MODERN_RELEASES = (
  '0.2.0 0.2.1 0.2.2 0.2.3 0.2.4 0.2.5 0.3.0 0.4.0 0.5.0 0.6.0 0.7.0 0.7.1 0.8.0 0.9.0 ' +
  '0.10.0 0.10.1 0.11.0'
).split(' ')

/** Returns those of the applied migrations that this version does not know, in their order. */
export function unknownMigrations(generation: Generation, applied: readonly string[]): string[] {
  const known = new Set(KNOWN[generation].migrations.map(({ name }) => name))
  return applied.filter((name) => !known.has(name))
}

/**
 * Returns the migrations that are missing below the highest one that is applied, and those without which no
 * release works: a Mathesar is being migrated, or a run of its migrations failed.
 */
export function missingMigrations(generation: Generation, applied: readonly string[]): string[] {
  const { migrations, needed } = KNOWN[generation]
  const isApplied = ({ name }: Migration) => applied.includes(name)
  const highest = Math.max(
    migrations.findLastIndex(isApplied),
    migrations.findIndex(({ name }) => name === needed),
  )
  return migrations
    .slice(0, highest)
    .concat(migrations[highest] ?? [])
    .filter((one) => !isApplied(one))
    .map(({ name }) => name)
}

/** Returns the releases that have exactly these migrations; `null` if no release has. */
export function releasesOf(generation: Generation, applied: readonly string[]): ReleaseRange | null {
  if (unknownMigrations(generation, applied).length > 0) return null
  if (missingMigrations(generation, applied).length > 0) return null
  if (generation === 'legacy') return { oldest: '0.1.4', newest: '0.1.7' }
  const { migrations, last } = KNOWN.modern
  const highest = migrations.findLastIndex(({ name }) => applied.includes(name))
  const first = migrations[highest]?.first
  if (first === undefined) return null
  const next = migrations.slice(highest + 1).find((one) => one.first !== first)?.first
  // 0.6.0 brought two migrations at once: with the first of them alone no release is complete.
  if (migrations[highest + 1]?.first === first) return null
  const end = next === undefined ? last : (MODERN_RELEASES[MODERN_RELEASES.indexOf(next) - 1] ?? first)
  return { oldest: first, newest: end }
}

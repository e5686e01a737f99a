import { fileURLToPath } from 'node:url'
import type { JournalPlace } from '../../../src/store/types.ts'
import { isModern, type LegacyStep, type ModernStep } from '../../support/mathesar-database.ts'
import { liveGround } from './grounds.ts'
import type { Kind } from './place.ts'

const loadSql = fileURLToPath(new URL('./load-sql.ts', import.meta.url))

/** The internal database of a live Mathesar, in the layout of a step. */
export function liveKind(step: ModernStep | LegacyStep, journal: JournalPlace): Kind {
  const hasSslMode = isModern(step) && step >= '0010'
  return {
    name: 'django',
    nodeArguments: ['--import', loadSql],
    createGround: () => liveGround(step, journal),
    ...(step === '0012' || step === 'legacy-serial' ? {} : { isVariant: true }),
    holds: {
      sslmode: hasSslMode ? 'require' : 'prefer',
      sslrootcert: null,
      sslcert: null,
      sslkey: null,
      options: null,
    },
    change: hasSslMode ? { sslmode: 'prefer' } : {},
    isModern: isModern(step),
    hasNicknames: step !== '0002',
    needsKeyToList: !isModern(step),
    showsOwner: journal === 'directory',
  }
}

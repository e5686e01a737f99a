import { describeStore } from './describe-store.ts'
import { liveKind } from './live-kinds.ts'

describeStore(
  'the internal database of a live Mathesar at legacy-identity, with its journal in the database',
  liveKind('legacy-identity', 'database'),
)

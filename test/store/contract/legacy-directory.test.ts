import { describeStore } from './describe-store.ts'
import { liveKind } from './live-kinds.ts'

describeStore(
  'the internal database of a live Mathesar at legacy-serial, with its journal in the directory',
  liveKind('legacy-serial', 'directory'),
)

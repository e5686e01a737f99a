import { describeStore } from './describe-store.ts'
import { liveKind } from './live-kinds.ts'

describeStore(
  'the internal database of a live Mathesar at 0012, with its journal in the directory',
  liveKind('0012', 'directory'),
)

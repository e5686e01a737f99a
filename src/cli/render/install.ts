import type { ChalkInstance } from 'chalk'
import { releasesText } from '../../databases/interface/mathesar-state.ts'
import type { InstallSchemaResult } from '../../databases/schema.ts'

/** Returns what an install of the Mathesar schemas did. */
export function installedText({ status, action, schema }: InstallSchemaResult, style: ChalkInstance): string {
  const { source, version, objects, release } = schema
  const origin = version !== null ? `${source} ${version}` : releasesText(release)
  switch (status) {
    case 'unchanged':
      return `The Mathesar schemas are there already (${origin}). Nothing was changed.`
    case 'planned': {
      // Only the server counts what the SQL of a release creates: a function of it may create others.
      const what = source === 'release' ? 'the SQL of the release' : `${objects} objects`
      return `Nothing was changed; without --dry-run ${what} would be installed (${origin}).`
    }
    default: {
      const verb = style.green(action === 'upgrade' ? 'Upgraded' : 'Installed')
      return `${verb} the Mathesar schemas: ${objects} objects (${origin}).`
    }
  }
}

// Loaded with --import: lets a plain Node import `.sql` files as the build bundles them.
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { sqlModule } from '../../../scripts/lib/sql-module.ts'

registerHooks({
  load: (url, context, next) =>
    /\.sql(?:\?pieces)?$/.test(url)
      ? { format: 'module', source: sqlModule(fileURLToPath(url) + new URL(url).search), shortCircuit: true }
      : next(url, context),
})

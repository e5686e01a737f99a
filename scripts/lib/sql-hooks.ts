// Loaded with --import, for programs that run the sources: loads an imported `.sql` file as the build bundles
// it.
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { sqlModule } from './sql-module.ts'

registerHooks({
  load(url, context, nextLoad) {
    const { pathname, protocol, search } = new URL(url)
    if (protocol !== 'file:' || !pathname.endsWith('.sql')) return nextLoad(url, context)
    const path = fileURLToPath(new URL(pathname, url))
    return { format: 'module', source: sqlModule(`${path}${search}`), shortCircuit: true }
  },
})

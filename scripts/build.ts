/**
 * Builds dist/: the generated SQL, the bundles, the type declarations of the public API, and the license
 * notices of the bundled packages.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild'
import { answers } from './lib/answers.ts'
import { nodeBuiltins, requiredBuiltins } from './lib/node-builtins.ts'
import { onDemand } from './lib/on-demand.ts'
import { sqlModule } from './lib/sql-module.ts'
import { writeSql } from './sql/write.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
process.chdir(root)

const manifest: unknown = JSON.parse(readFileSync('package.json', 'utf8'))
const version = (manifest as { version: string }).version

writeSql()
rmSync('dist', { recursive: true, force: true })
const shared = {
  outdir: 'dist',
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
  // The Python packages contain this file unchanged.
  loader: { '.py': 'text' },
  define: { MATHESARCTL_VERSION: JSON.stringify(version) },
  // A native addon cannot be bundled; pg-native is optional and unused; only a checkout has postject.
  external: ['better-sqlite3', 'pg-native', 'postject'],
  // Bundled CommonJS packages call require() for Node's own modules, which an ES module lacks.
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
} satisfies BuildOptions
/** Loads a `.sql` file as text, or with `?pieces` as an array of pieces. */
const sql: Plugin = {
  name: 'sql',
  setup({ onLoad }) {
    onLoad({ filter: /\.sql$/ }, ({ path, suffix }) => ({
      contents: sqlModule(path + suffix),
      loader: 'js',
    }))
  },
}
const bundle = (name: string, entry: string, options: BuildOptions = {}) =>
  build({
    ...shared,
    ...options,
    plugins: [sql, ...(options.plugins ?? [])],
    entryPoints: { [name]: entry },
    metafile: true,
  })
const single = (name: string, entry: string, options: BuildOptions) =>
  bundle(name, entry, {
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    target: 'node24',
    banner: {},
    // This script is not a file of its own at run time.
    define: { ...shared.define, 'import.meta.url': '"file:///"' },
    ...options,
  })
// The program consists of two files, which evaluate their modules on demand: `cli` prints what needs no
// command, and `run` does everything else. Node needs a millisecond to find, read and link each further file.
const bundles = await Promise.all([
  bundle('cli', 'src/cli/main.ts', { plugins: [nodeBuiltins, external('src/cli/run.ts', './run.js')] }),
  bundle('run', 'src/cli/run.ts', {
    plugins: [nodeBuiltins, onDemand, external('src/build/index.ts', './build.js')],
  }),
  bundle('build', 'src/build/index.ts'),
  bundle('index', 'src/index.ts', { splitting: true, chunkNames: 'index/[name]-[hash]' }),
  // The scripts of the single executable, for which Node requires CommonJS: `single` replaces `cli`, and
  // `single-run` wraps `run` in a function.
  single('single', 'src/cli/single.ts', {
    plugins: [
      nodeBuiltins,
      replaceModule('./answers.ts', 'src/cli/answers-asset.ts'),
      replaceModule('./run.ts', 'src/cli/run-asset.ts'),
    ],
  }),
  single('single-run', 'src/cli/run.ts', {
    plugins: [
      requiredBuiltins,
      nodeBuiltins,
      replaceModule('better-sqlite3', 'src/store/sqlite/node-sqlite.ts'),
      onDemand,
    ],
    banner: { js: '(function (require, module, exports) {' },
    footer: { js: '})' },
  }),
])
// V8 reads text of one byte for each character faster, and its cache depends on it (src/cli/run-asset.ts).
const nonAscii = /[^\0-\x7f]/.exec(readFileSync('dist/single-run.cjs', 'utf8'))
if (nonAscii)
  throw new Error(
    `dist/single-run.cjs is not ASCII: write ${JSON.stringify(nonAscii[0])} as an escape in its pattern`,
  )
writeFileSync('dist/answers.json', JSON.stringify(answers(version)))
const packages = bundledPackages(bundles.map(({ metafile }) => metafile))
writeFileSync('dist/THIRD-PARTY-NOTICES.txt', notices(packages))
writeFileSync('dist/bundled.json', JSON.stringify(packages.map(component), null, 1))
execFileSync('tsc', ['-p', 'tsconfig.types.json'], { stdio: 'inherit' })

/** Replaces a module with one of the repository. */
function replaceModule(module: string, replacement: string): Plugin {
  return {
    name: `replace-${module}`,
    setup({ onResolve }) {
      onResolve({ filter: /./ }, ({ path }) => (path === module ? { path: join(root, replacement) } : null))
    },
  }
}

/** Imports a module, named from the root, from the bundle whose entry it is. */
function external(module: string, bundle: string): Plugin {
  return {
    name: 'external',
    setup({ onResolve }) {
      onResolve({ filter: /^\./ }, ({ path, resolveDir }) =>
        join(resolveDir, path) === join(root, module) ? { path: bundle, external: true } : null,
      )
    },
  }
}

interface BundledPackage {
  directory: string
  name: string
  version: string
  license: string
}

/** Returns the packages whose code is in the bundles. */
function bundledPackages(metafiles: readonly Metafile[]): BundledPackage[] {
  const directories = new Set<string>()
  for (const input of metafiles.flatMap(({ inputs }) => Object.keys(inputs))) {
    // The path of a module that a plugin created has a prefix with a colon; its source file is in the list
    // too.
    const match = /^([^:]*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)
    if (match?.[1]) directories.add(match[1])
  }
  return [...directories].sort().map((directory) => {
    const about = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as {
      name: string
      version: string
      license?: string
    }
    return { directory, name: about.name, version: about.version, license: about.license ?? 'NOASSERTION' }
  })
}

/** Returns the license text of each package. */
function notices(list: readonly BundledPackage[]): string {
  const notices = list.map(({ directory, name, version, license }) => {
    const file = readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry))
    const text = file ? readFileSync(join(directory, file), 'utf8').trim() : `License: ${license}`
    return `${name} ${version} (${license})\n\n${text}\n`
  })
  return `mathesarctl contains code of these packages.\n\n${notices.join(`\n${'-'.repeat(78)}\n\n`)}`
}

/** Returns the entry of a package in the bill of materials of a release. */
function component({ name, version, license }: BundledPackage) {
  return { name, version, license, purl: `pkg:npm/${name.replace(/^@/, '%40')}@${version}` }
}

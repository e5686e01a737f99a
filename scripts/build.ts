/** Builds dist/: the generated SQL, the bundles, the type declarations of the public API, and the notices of what is bundled. */
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
  // Python goes into the packages for it as it is.
  loader: { '.py': 'text' },
  define: { MATHESARCTL_VERSION: JSON.stringify(version) },
  // A native addon cannot be bundled; pg-native is optional and never used here; postject is there in a checkout alone.
  external: ['better-sqlite3', 'pg-native', 'postject'],
  // Bundled CommonJS packages call require() for Node's own modules, which an ES module lacks.
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
} satisfies BuildOptions
/** A `.sql` file as text, or with `?pieces` cut into pieces. */
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
    // It has no file of its own.
    define: { ...shared.define, 'import.meta.url': '"file:///"' },
    ...options,
  })
// The program is in two files, in which modules wait to be evaluated: `cli` answers what needs no command, and has `run`
// do all else. Each file more costs Node a millisecond to find, to read and to link.
const bundles = await Promise.all([
  bundle('cli', 'src/cli/main.ts', { plugins: [nodeBuiltins, external('src/cli/run.ts', './run.js')] }),
  bundle('run', 'src/cli/run.ts', {
    plugins: [nodeBuiltins, onDemand, external('src/build/index.ts', './build.js')],
  }),
  bundle('build', 'src/build/index.ts'),
  bundle('index', 'src/index.ts', { splitting: true, chunkNames: 'index/[name]-[hash]' }),
  // What the single executable runs, which Node wants to be CommonJS: `single` in the place of `cli`, and `run` as a function of its own.
  single('single', 'src/cli/single.ts', {
    plugins: [
      nodeBuiltins,
      inPlaceOf('./answers.ts', 'src/cli/answers-asset.ts'),
      inPlaceOf('./run.ts', 'src/cli/run-asset.ts'),
    ],
  }),
  single('single-run', 'src/cli/run.ts', {
    plugins: [
      requiredBuiltins,
      nodeBuiltins,
      inPlaceOf('better-sqlite3', 'src/store/sqlite/node-sqlite.ts'),
      onDemand,
    ],
    banner: { js: '(function (require, module, exports) {' },
    footer: { js: '})' },
  }),
])
// V8 takes a text of one byte a character faster, and knows its cache by it (src/cli/run-asset.ts).
const odd = /[^\0-\x7f]/.exec(readFileSync('dist/single-run.cjs', 'utf8'))
if (odd)
  throw new Error(
    `dist/single-run.cjs is not ASCII: write ${JSON.stringify(odd[0])} as an escape where it is in a pattern`,
  )
writeFileSync('dist/answers.json', JSON.stringify(answers(version)))
const packages = bundledPackages(bundles.map(({ metafile }) => metafile))
writeFileSync('dist/THIRD-PARTY-NOTICES.txt', notices(packages))
writeFileSync('dist/bundled.json', JSON.stringify(packages.map(component), null, 1))
execFileSync('tsc', ['-p', 'tsconfig.types.json'], { stdio: 'inherit' })

/** Takes a module of ours for another. */
function inPlaceOf(module: string, ours: string): Plugin {
  return {
    name: `in-place-of-${module}`,
    setup({ onResolve }) {
      onResolve({ filter: /./ }, ({ path }) => (path === module ? { path: join(root, ours) } : null))
    },
  }
}

/** Leaves every import of one of our modules, named from the root, to the bundle that it is the entry of. */
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

/** The packages of which code is in the bundles. */
function bundledPackages(metafiles: readonly Metafile[]): BundledPackage[] {
  const directories = new Set<string>()
  for (const input of metafiles.flatMap(({ inputs }) => Object.keys(inputs))) {
    // A module that a plugin made has its kind before a colon; the file behind it is there too.
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

/** The license text of each. */
function notices(list: readonly BundledPackage[]): string {
  const parts = list.map(({ directory, name, version, license }) => {
    const file = readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry))
    const text = file ? readFileSync(join(directory, file), 'utf8').trim() : `License: ${license}`
    return `${name} ${version} (${license})\n\n${text}\n`
  })
  return `mathesarctl contains code of these packages.\n\n${parts.join(`\n${'-'.repeat(78)}\n\n`)}`
}

/** As the bill of materials of a release names it. */
function component({ name, version, license }: BundledPackage) {
  return { name, version, license, purl: `pkg:npm/${name.replace(/^@/, '%40')}@${version}` }
}

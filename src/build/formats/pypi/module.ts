import type { About } from '../../types.ts'
import { distributionName, pythonVersion } from './names.ts'
import main from './python/main.py'

/** The files of the Python package, by name, sorted: what makes `python -m` run the executable. */
export function moduleFiles(about: About): ReadonlyMap<string, string> {
  const name = distributionName(about.name)
  return new Map([
    [`${name}/__init__.py`, `"""${about.summary}."""\n\n__version__ = "${pythonVersion(about.version)}"\n`],
    [`${name}/__main__.py`, main.replaceAll('@COMMAND@', about.name)],
  ])
}

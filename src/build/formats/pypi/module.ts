import type { About } from '../../types.ts'
import { distributionName, pythonVersion } from './names.ts'
import main from './python/main.py'

/** Returns the files of the Python package with which `python -m` runs the executable, sorted by name. */
export function moduleFiles(about: About): ReadonlyMap<string, string> {
  const name = distributionName(about.name)
  return new Map([
    [`${name}/__init__.py`, `"""${about.summary}."""\n\n__version__ = "${pythonVersion(about.version)}"\n`],
    [`${name}/__main__.py`, main.replaceAll('@COMMAND@', about.name)],
  ])
}

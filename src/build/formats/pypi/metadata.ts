import { VERSION } from '../../../version.ts'
import type { About } from '../../types.ts'
import type { PypiProject } from './contents.ts'
import { distributionName, pythonVersion } from './names.ts'

/** Returns the beginning of the names of files and directories: `mathesarctl-1.0.0rc1`. */
export function stem({ name, version }: About): string {
  return `${distributionName(name)}-${pythonVersion(version)}`
}

/**
 * Returns METADATA of a wheel, and PKG-INFO of a source distribution (core metadata 2.4). The project page is
 * its body.
 */
export function metadata(about: About, project: PypiProject): string {
  const urls = { ...(about.homepage ? { Homepage: about.homepage } : {}), ...project.urls }
  const fields: (readonly [string, string])[] = [
    ['Metadata-Version', '2.4'],
    ['Name', about.name],
    ['Version', pythonVersion(about.version)],
    ['Summary', about.summary],
    ['Keywords', project.keywords.join(',')],
    ['Maintainer-email', about.maintainer],
    ['License-Expression', about.license],
    ...licenseFiles(project).map((file) => ['License-File', file] as const),
    ...[...project.classifiers].sort().map((classifier) => ['Classifier', classifier] as const),
    ...Object.entries(urls).map(([label, url]) => ['Project-URL', `${label}, ${url}`] as const),
    ['Requires-Python', `>=${project.python}`],
    ['Description-Content-Type', 'text/markdown; charset=UTF-8; variant=GFM'],
  ]
  return `${fields.map(([name, value]) => `${name}: ${value}\n`).join('')}\n${project.readme}`
}

/**
 * Returns WHEEL. The wheel carries an executable, so that it is not pure: installers put it where a
 * platform's files go.
 */
export function wheelMetadata(tag: string): string {
  const fields = [
    'Wheel-Version: 1.0',
    `Generator: mathesarctl ${VERSION}`,
    'Root-Is-Purelib: false',
    `Tag: py3-none-${tag}`,
  ]
  return fields.map((field) => `${field}\n`).join('')
}

/** Returns the paths of the data files below the prefix of an environment, sorted. */
export function dataFiles({ data }: PypiProject): string[] {
  return Object.keys(data).sort()
}

/** Returns the names of the files with licenses, sorted. */
export function licenseFiles({ licenses }: PypiProject): string[] {
  return Object.keys(licenses).sort()
}

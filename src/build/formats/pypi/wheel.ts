import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeZip, type ZipEntry } from '../../archives/zip.ts'
import type { About, BuildContext } from '../../types.ts'
import type { PypiProject } from './contents.ts'
import { dataFiles, licenseFiles, metadata, stem, wheelMetadata } from './metadata.ts'
import { moduleFiles } from './module.ts'

/**
 * Writes a wheel and returns its path. The executable is a script in it: installers put it on the PATH as it
 * is, so that it starts without Python and its signals and exit status are its own.
 *
 * @param carried the executable's path, and the tag of its platform
 */
export async function writeWheel(
  about: About,
  project: PypiProject,
  carried: { executable: string; tag: string },
  context: BuildContext,
): Promise<string> {
  const { executable, tag } = carried
  const root = stem(about)
  const info = `${root}.dist-info`
  // In the order of python/backend.py: readers look for what describes the wheel at its end.
  const entries: ZipEntry[] = [
    { name: `${root}.data/scripts/${about.name}`, mode: 0o755, content: await readFile(executable) },
    ...dataFiles(project).map((path) => text(`${root}.data/data/${path}`, project.data[path] ?? '')),
    ...[...moduleFiles(about)].map(([name, content]) => text(name, content)),
    text(`${info}/METADATA`, metadata(about, project)),
    text(`${info}/WHEEL`, wheelMetadata(tag)),
    ...licenseFiles(project).map((file) => text(`${info}/licenses/${file}`, project.licenses[file] ?? '')),
  ]
  const record = `${info}/RECORD`
  const lines = [...entries.map(recordLine), `${record},,`]
  const path = join(context.scratch, `${root}-py3-none-${tag}.whl`)
  await writeZip(path, [...entries, text(record, `${lines.join('\n')}\n`)], context)
  return path
}

function text(name: string, content: string): ZipEntry {
  return { name, mode: 0o644, content: Buffer.from(content) }
}

function recordLine({ name, content }: ZipEntry): string {
  const hash = createHash('sha256').update(content).digest('base64url')
  return `${name},sha256=${hash},${content.length}`
}

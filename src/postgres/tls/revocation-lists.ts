import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import * as tls from 'node:tls'
import { fileReason } from '../../files/file-reason.ts'
import { shellQuoted, toRun } from '../../hint.ts'
import { damaged, fileError, type NamedFile, readObjects } from './named-file.ts'
import { parameterText, type TlsOptions } from './options.ts'
import { isRevocationList } from './pem.ts'

/** Certificate revocation lists (PEM), and the file or directory that they came from. */
export interface RevocationLists {
  crl: string[]
  crlPath: string
}

/** The names under which OpenSSL looks up the lists in a directory: a hash of the authority, and a number. */
const HASHED_NAME = /^[0-9a-f]{8}\.r\d+$/

/**
 * Reads the revocation lists: those of `sslcrl` and `sslcrldir`, else those of the default file, if it
 * exists. libpq ignores files that it can't use; here nobody would know that revoked certificates are
 * accepted.
 *
 * Errors: `TLS_FAILED` that names the file or directory.
 */
export function readRevocationLists(
  options: TlsOptions,
  defaultFile: string | null,
): RevocationLists | undefined {
  const { crl, crlDirectory } = options
  if (crl === undefined && crlDirectory === undefined) {
    if (defaultFile === null) return undefined
    return {
      crl: readFile({ path: defaultFile, what: 'certificate revocation list' }),
      crlPath: defaultFile,
    }
  }
  const named = (path: string, option: 'crl' | 'crlDirectory'): NamedFile => ({
    path,
    what: 'certificate revocation list',
    givenBy: parameterText(options, option),
  })
  const inFile = crl === undefined ? [] : readFile(named(crl, 'crl'))
  const inDirectory =
    crlDirectory === undefined ? [] : readDirectory(named(crlDirectory, 'crlDirectory')).flatMap(readFile)
  return {
    crl: [...inFile, ...inDirectory],
    crlPath: [crl, crlDirectory].filter((path) => path !== undefined).join(' or '),
  }
}

function readFile(file: NamedFile): string[] {
  return readObjects(file, 'revocation list', isRevocationList).map(({ text }, index) => {
    try {
      tls.createSecureContext({ crl: text })
    } catch {
      throw damaged(file, 'list', index)
    }
    return text
  })
}

/** Returns the files of a directory that OpenSSL would look up. */
function readDirectory(directory: NamedFile): NamedFile[] {
  const { path, givenBy } = directory
  let names: string[]
  try {
    names = readdirSync(path)
  } catch (error) {
    throw fileError(
      `The directory of certificate revocation lists ${path} can't be read: ${fileReason(error)}.`,
      `Correct the path given by ${givenBy}, or make the directory readable.`,
    )
  }
  const hashed = names.filter((name) => HASHED_NAME.test(name)).sort()
  if (hashed.length > 0) return hashed.map((name) => ({ ...directory, path: join(path, name) }))
  throw fileError(
    `The directory ${path} has no certificate revocation list under a name such as 0123abcd.r0.`,
    toRun(
      'Put the lists there in PEM format as files that end in .crl, and run:',
      `openssl rehash ${shellQuoted(path)}`,
    ),
  )
}

import type { z } from 'zod'
import { helpDocument, versionDocument } from './answers.ts'
import { buildDocument } from './build.ts'
import { buildTagsDocument } from './build-tags.ts'
import { completionDocument } from './completion.ts'
import { dbAddDocument } from './db-add.ts'
import { dbEditDocument } from './db-edit.ts'
import { dbImportDocument } from './db-import.ts'
import { dbListDocument } from './db-list.ts'
import { dbRemoveDocument } from './db-remove.ts'
import { dbShowDocument } from './db-show.ts'
import { dbTestDocument } from './db-test.ts'
import { dbUpgradeDocument } from './db-upgrade.ts'
import { schemaDependentsDocument } from './schema-dependents.ts'
import { schemaInstallDocument } from './schema-install.ts'
import { schemaPrintDocument } from './schema-print.ts'
import { schemaRemoveDocument } from './schema-remove.ts'
import { schemaStatusDocument } from './schema-status.ts'
import { secretKeyGenerateDocument } from './secret-key-generate.ts'
import { secretKeyRotateDocument } from './secret-key-rotate.ts'
import { setupDocument } from './setup.ts'

/** The documents that flags print with `--json` in the place of a command's, by the flag. */
export const ANSWERS = { '--help': helpDocument, '--version': versionDocument }

/** The document that each command prints with `--json`, by the words of the command. */
export const DOCUMENTS = {
  setup: setupDocument,
  'db add': dbAddDocument,
  'db list': dbListDocument,
  'db show': dbShowDocument,
  'db test': dbTestDocument,
  'db edit': dbEditDocument,
  'db upgrade': dbUpgradeDocument,
  'db remove': dbRemoveDocument,
  'db import': dbImportDocument,
  'schema install': schemaInstallDocument,
  'schema remove': schemaRemoveDocument,
  'schema status': schemaStatusDocument,
  'schema dependents': schemaDependentsDocument,
  'schema print': schemaPrintDocument,
  'secret-key generate': secretKeyGenerateDocument,
  'secret-key rotate': secretKeyRotateDocument,
  build: buildDocument,
  'build tags': buildTagsDocument,
  completion: completionDocument,
}

export type DocumentName = keyof typeof DOCUMENTS

/** The value that a flag prints as its document. */
export type AnswerOf<Flag extends keyof typeof ANSWERS> = z.infer<(typeof ANSWERS)[Flag]>

type Unchanging<T> = T extends object ? { readonly [Key in keyof T]: Unchanging<T[Key]> } : T

/** The values that a command can print as its document. */
export type DocumentOf<Name extends DocumentName> = Unchanging<z.infer<(typeof DOCUMENTS)[Name]>>

/**
 * What a Compose project says about the Mathesar that it runs.
 *
 * The command line imports it from here, since it reaches below the use cases for types alone.
 */
export { loadComposeParser } from '../../secrets/compose/parser.ts'
export {
  type ComposeProject,
  composeFilesOf,
  isComposeFile,
  readComposeProject,
} from '../../secrets/compose/project.ts'
export { composeArguments, findComposeProject } from '../../secrets/env-file.ts'

import type { BuildContext } from '../../types.ts'

/** What the format pypi requires of a payload besides its executable. */
export type PypiContents = (context: BuildContext) => Promise<PypiProject>

export interface PypiProject {
  /** The text of the project page, in Markdown. */
  readonly readme: string
  /** Trove classifiers. */
  readonly classifiers: readonly string[]
  readonly keywords: readonly string[]
  /** URLs of the project by label; the format itself adds the homepage. */
  readonly urls: Readonly<Record<string, string>>
  /** The oldest Python that runs it, such as `3.8`. */
  readonly python: string
  /** The texts that accompany every copy, by file name: licenses, notices. */
  readonly licenses: Readonly<Record<string, string>>
  /**
   * The texts that installers put below the prefix of the environment, by path: `share/man/man1/tool.1`. Man
   * pages and completions.
   */
  readonly data: Readonly<Record<string, string>>
}

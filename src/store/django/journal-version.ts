/** The version of the journal's tables in the schema `mathesarctl`, kept in the table `layout` there. */
export const JOURNAL_VERSION = 1

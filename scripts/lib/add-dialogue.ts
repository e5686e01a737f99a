import type { TerminalRun } from '../../test/support/terminal.ts'

/** What is typed into the questions of `mathesarctl db add`; an empty text is Enter alone. */
export interface AddAnswers {
  name: string
  host: string
  port: string
  database: string
  user: string
  password: string
}

/** Answers the questions of `mathesarctl db add`, and waits until the database is added. */
export async function answerAdd(
  answers: AddAnswers,
  terminal: Pick<TerminalRun, 'answer' | 'see' | 'ended' | 'screen'>,
): Promise<void> {
  await terminal.answer('Unique name', answers.name)
  await terminal.answer('Host', answers.host)
  await terminal.answer('Port', answers.port)
  await terminal.answer('Database name', answers.database)
  await terminal.answer('Role (', answers.user)
  await terminal.answer('Password', answers.password)
  await terminal.answer('TLS mode', '')
  await terminal.answer('Add this database?', '')
  await terminal.see(`Added "${answers.name}"`)
  const { status } = await terminal.ended()
  if (status !== 0) throw new Error(`mathesarctl exited with status ${status}:\n${terminal.screen()}`)
}

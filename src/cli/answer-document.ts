import { VERSION } from '../version.ts'
import { lineage } from './command-line.ts'
import type { AnswerOf } from './json/index.ts'
import type { AnswerWriter } from './program.ts'
import { jsonText } from './render/printable.ts'

/** Collects what the program answers by itself, the help or the version, to print it as one JSON document. */
export function collectAnswer(): { writer: AnswerWriter; print: () => void } {
  let answer: AnswerOf<'--help'> | AnswerOf<'--version'> | null = null
  return {
    writer: {
      help: (part, command) => {
        const before = answer !== null && 'help' in answer ? answer.help : ''
        const words = lineage(command).map((one) => one.name())
        answer = { command: words.reverse().join(' '), help: before + part }
      },
      version: () => {
        answer = { version: VERSION }
      },
    },
    print: () => {
      if (answer !== null) process.stdout.write(`${jsonText(answer, process.stdout.isTTY ? 2 : 0)}\n`)
    },
  }
}

/**
 * The program of the single executable, which has no launcher. Its first two arguments are names of the
 * executable.
 */
import { main } from './main.ts'

void main(process.argv.slice(2))

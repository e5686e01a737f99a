/** The program of the single executable, which has no launcher. Node gives it the name that it was called by first. */
import { main } from './main.ts'

void main(process.argv.slice(2))

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { UserError } from '../user-error.ts'

const run = promisify(execFile)
const MILLISECONDS = 20_000

/**
 * First line of what `program --version` prints.
 *
 * @param install - what to do when it is not there, as the end of a sentence.
 * @throws UserError when the program is not there or does not start.
 */
export async function programVersion(program: string, install: string): Promise<string> {
  try {
    const { stdout } = await run(program, ['--version'], { timeout: MILLISECONDS })
    return stdout.split('\n', 1)[0].trim()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') throw new UserError(`${program} is not on this system: ${install}`, 1)
    throw new UserError(`${program} does not start: ${message.trim()}`, 1)
  }
}

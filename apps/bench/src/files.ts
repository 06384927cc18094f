import { mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { UserError } from './user-error.ts'

const reason = (error: unknown): string => {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'ENOENT') return 'there is no such file'
  if (code === 'EACCES') return 'permission was denied'
  if (code === 'EISDIR') return 'it is a folder'
  return error instanceof Error ? error.message : String(error)
}

/**
 * Reads a whole file that somebody named.
 *
 * @param what - what the file is to be, for the message: `kernel`, `disk`.
 * @throws UserError
 */
export async function readNamedFile(file: string, what: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(file))
  } catch (error) {
    throw new UserError(`the ${what} ${file} could not be read: ${reason(error)}`, 1)
  }
}

/**
 * Writes a file whole or not at all; makes the folders on the way.
 *
 * @throws UserError
 */
export async function writeWhole(file: string, contents: string | Uint8Array): Promise<void> {
  try {
    await mkdir(path.dirname(path.resolve(file)), { recursive: true })
    await writeFileAtomic(file, typeof contents === 'string' ? contents : Buffer.from(contents))
  } catch (error) {
    throw new UserError(`${file} could not be written: ${reason(error)}`, 1)
  }
}

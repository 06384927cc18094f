import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { worldswitch } from './command.ts'

// Stays between runs on a developer's machine: a second pull only asks what is new.
const cache = path.resolve(import.meta.dirname, '../.results')

/** Where the guest of {@link debianGuest} is. */
export const guestEnv = { WORLDSWITCH_CACHE: cache }

/** What a pull says when the archive does not answer as it should. */
const NO_ANSWER = 'no mirror gave a verified index'

/** Pulls the Debian guest; the archive need not answer when there is one. @returns paths of its images, by kind. */
export async function debianGuest(): Promise<Record<string, string>> {
  mkdirSync(cache, { recursive: true })
  const pull = await worldswitch(['guests', 'pull', 'debian'], { env: guestEnv })
  const paths = await worldswitch(['guests', 'path', 'debian'], { env: guestEnv })
  const isKept = paths.status === 0 && pull.stderr.includes(NO_ANSWER)
  if (pull.status !== 0 && !isKept) throw new Error(pull.stderr)
  return Object.fromEntries(
    paths.stdout
      .trim()
      .split('\n')
      .map((line) => line.split('\t')),
  )
}

import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { worldswitch } from './command.ts'

// Stays between runs on a developer's machine: a second pull only asks what is new.
const cache = path.resolve(import.meta.dirname, '../.results')

/** Where the guest of {@link debianGuest} is. */
export const guestEnv = { WORLDSWITCH_CACHE: cache }

/** Pulls the Debian guest. @returns paths of its images, by kind. */
export async function debianGuest(): Promise<Record<string, string>> {
  mkdirSync(cache, { recursive: true })
  const pull = await worldswitch(['guests', 'pull', 'debian'], { env: guestEnv })
  if (pull.status !== 0) throw new Error(pull.stderr)
  const paths = await worldswitch(['guests', 'path', 'debian'], { env: guestEnv })
  return Object.fromEntries(
    paths.stdout
      .trim()
      .split('\n')
      .map((line) => line.split('\t')),
  )
}

import { distance } from 'fastest-levenshtein'
import { UserError } from './user-error.ts'

/** Known names that somebody may have meant, nearest first. */
export function nearNames(given: string, known: readonly string[]): string[] {
  const limit = Math.max(2, Math.floor(given.length / 3))
  return known
    .map((name) => ({
      name,
      far: name.startsWith(given) || name.includes(given) ? 1 : distance(given, name),
    }))
    .filter(({ far }) => far <= limit)
    .sort((a, b) => a.far - b.far)
    .slice(0, 3)
    .map(({ name }) => name)
}

/**
 * Checks one name.
 *
 * @throws UserError for an unknown one, with the near ones.
 */
export function knownName(given: string, known: readonly string[], what: string): string {
  if (known.includes(given)) return given
  const near = nearNames(given, known)
  const hint = near.length > 0 ? `did you mean ${near.join(' or ')}?` : `there are ${known.join(', ')}`
  throw new UserError(`no ${what} is named '${given}'; ${hint}`)
}

/**
 * Takes a comma-separated selection apart; `all` selects everything.
 *
 * @returns the names in the order given, each once.
 * @throws UserError for an unknown name or an empty selection.
 */
export function selectNames(given: string, known: readonly string[], what: string): string[] {
  if (given === 'all') return [...known]
  const names = given
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  if (names.length === 0) throw new UserError(`name at least one ${what}; there are ${known.join(', ')}`)
  return [...new Set(names.map((name) => knownName(name, known, what)))]
}

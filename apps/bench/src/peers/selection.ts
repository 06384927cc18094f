import { computePrograms } from '@worldswitch/compute-programs'
import { selectNames } from '../names.ts'
import { linuxWorkloads } from './linux-jobs.ts'
import { vsWorkloads } from './vs-jobs.ts'

/** Names that stand for several workloads. */
const groups: Readonly<Record<string, readonly string[]>> & Record<keyof Selection, readonly string[]> = {
  programs: computePrograms.map(({ name }) => name),
  linux: linuxWorkloads('linux').map(({ name }) => name),
  vs: vsWorkloads.map(({ name }) => name),
}

/** Everything that `--only` takes, with what it stands for. */
export const comparable: readonly (readonly [name: string, about: string])[] = [
  ['programs', 'all programs that need no operating system'],
  ['linux', 'all workloads under Debian'],
  ['vs', 'everything in VS-mode: exits, and all workloads under Debian'],
  ...[...computePrograms, ...linuxWorkloads('linux'), ...vsWorkloads].map(
    ({ name, title }) => [name, title] as const,
  ),
]

/** What of it was chosen, in the order of the tables. */
export interface Selection {
  readonly programs: readonly string[]
  readonly linux: readonly string[]
  readonly vs: readonly string[]
}

/**
 * Takes a selection apart.
 *
 * @param only - names and groups, separated by commas; everything without it.
 * @throws UserError for an unknown name or an empty selection.
 */
export function selection(only: string | undefined): Selection {
  const known = comparable.map(([name]) => name)
  const chosen = selectNames(only ?? 'all', known, 'workload').flatMap((name) => groups[name] ?? [name])
  return {
    programs: groups.programs.filter((name) => chosen.includes(name)),
    linux: groups.linux.filter((name) => chosen.includes(name)),
    vs: groups.vs.filter((name) => chosen.includes(name)),
  }
}

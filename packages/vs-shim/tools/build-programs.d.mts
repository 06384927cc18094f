/** Builds everything from `root` and writes `images/` and `src/generated/` below `target`. */
export function buildPrograms(options: {
  readonly root: string
  readonly target: string
  readonly log: (line: string) => void
}): void

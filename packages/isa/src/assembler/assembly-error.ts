/** What is wrong with a line of assembly. */
export type AssemblyErrorCode =
  | 'ERR_ASSEMBLY_SYNTAX'
  | 'ERR_ASSEMBLY_UNKNOWN_NAME'
  | 'ERR_ASSEMBLY_OPERAND'
  | 'ERR_ASSEMBLY_RANGE'
  | 'ERR_ASSEMBLY_SYMBOL'

/** Assembly that cannot be assembled. The message begins with the position. */
export class AssemblyError extends Error {
  override readonly name = 'AssemblyError'
  readonly code: AssemblyErrorCode
  /** Counted from 1. */
  readonly line: number
  /** Counted from 1. */
  readonly column: number
  /** The known name that is nearest to the unknown one. */
  readonly suggestion: string | undefined

  constructor(problem: Problem, line: number) {
    const hint = problem.suggestion === undefined ? '' : `; did you mean ${problem.suggestion}?`
    super(`${line}:${problem.column}: ${problem.text}${hint}`)
    this.code = problem.code
    this.line = line
    this.column = problem.column
    this.suggestion = problem.suggestion
  }
}

/** A complaint on its way to the statement, which knows the line. */
export class Problem extends Error {
  readonly code: AssemblyErrorCode
  readonly column: number
  readonly text: string
  readonly suggestion: string | undefined

  constructor(code: AssemblyErrorCode, column: number, text: string, suggestion?: string) {
    super(text)
    this.code = code
    this.column = column
    this.text = text
    this.suggestion = suggestion
  }
}

/** The candidate that is at most two slips of the finger away, or undefined. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined
  let least = name.length <= 3 ? 2 : 3
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= least) continue
    const distance = editDistance(name, candidate)
    if (distance < least) [best, least] = [candidate, distance]
  }
  return best
}

function editDistance(from: string, to: string): number {
  let previous: number[] = []
  let row = Array.from({ length: to.length + 1 }, (_, i) => i)
  for (let i = 1; i <= from.length; i++) {
    const older = previous
    previous = row
    row = [i]
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1]
      row[j] = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + (same ? 0 : 1))
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
      if (swapped) row[j] = Math.min(row[j]!, older[j - 2]! + 1)
    }
  }
  return row[to.length]!
}

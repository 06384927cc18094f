import { computePrograms } from './programs.ts'

/** What a program printed. */
export interface ComputeResult {
  /** As the guest wrote it. */
  readonly name: string
  /** `ok` only if the checksum is that of this package's table. */
  readonly status: 'ok' | 'mismatch' | 'unfinished'
  /** 16 hexadecimal digits, or `undefined` when unfinished. */
  readonly checksum: string | undefined
}

/**
 * Reads the console of a machine that ran a program, whatever firmware or a hostile guest printed beside.
 *
 * @param text - the console; lines may end with CR LF.
 * @returns `undefined` when no program began.
 */
export function readResult(text: string): ComputeResult | undefined {
  const begin = /^@bench begin (\S+)\r*$/m.exec(text)
  if (begin === null) return undefined
  const name = begin[1]!
  const rest = text.slice(begin.index)
  for (const [, ended, checksum] of rest.matchAll(/^@bench end (\S+) checksum=([0-9a-f]{16})\r*$/gm)) {
    if (ended !== name) continue
    const right = computePrograms.some((program) => program.name === name && program.checksum === checksum)
    return { name, status: right ? 'ok' : 'mismatch', checksum }
  }
  return { name, status: 'unfinished', checksum: undefined }
}

/** Most characters of a console that are kept. A guest may print without end. */
const LIMIT = 2 ** 20

/** What a guest printed, up to a limit. */
export class Transcript {
  #lines: string[] = ['']
  #length = 0

  /** Takes the next byte. */
  push(byte: number): void {
    if (this.#length++ >= LIMIT) return
    if (byte === 0x0a) this.#lines.push('')
    else this.#lines[this.#lines.length - 1] += String.fromCharCode(byte)
  }

  /** Lines, the last one as far as it came. */
  get lines(): readonly string[] {
    return this.#lines
  }

  /** Bytes printed, also those beyond the limit. */
  get length(): number {
    return this.#length
  }

  /** The end of it, for messages. */
  tail(): string {
    return this.#lines.slice(-8).join('\n').trim().slice(-400)
  }
}

/** Where two transcripts part. */
export interface TranscriptDifference {
  /** Counted from 1. */
  readonly line: number
  /** `undefined` when the transcript has ended before. */
  readonly left: string | undefined
  readonly right: string | undefined
}

/**
 * @param only - compares nothing but lines that match, and counts only those.
 * @returns the first line that differs, or `undefined` when both are the same.
 */
export function firstDifference(
  left: Transcript,
  right: Transcript,
  only?: RegExp,
): TranscriptDifference | undefined {
  const [one, other] = [left, right].map(({ lines }) =>
    only === undefined ? lines : lines.filter((line) => only.test(line)),
  )
  const count = Math.max(one.length, other.length)
  for (let index = 0; index < count; index++) {
    if (one[index] !== other[index]) return { line: index + 1, left: one[index], right: other[index] }
  }
  // Equal as far as they were kept.
  if (left.length === right.length || only !== undefined) return undefined
  return { line: count, left: `${left.length} bytes in all`, right: `${right.length} bytes in all` }
}

/** A line of the guest's console by which it says where a workload begins and ends. */
export type BenchMarker =
  | { readonly kind: 'begin'; readonly workload: string }
  | {
      readonly kind: 'end'
      readonly workload: string
      /** 16 hexadecimal digits, as the guest computed it. */
      readonly checksum: string
      /** As it was computed natively when the image was built; `unknown` when the image holds none. */
      readonly expected: string
      /** The guest's own comparison of the two. */
      readonly ok: boolean
    }
  | { readonly kind: 'done' }

const BEGIN = /^@bench begin (\S+)$/
const END = /^@bench end (\S+) checksum=([0-9a-f]{1,16}) expected=([0-9a-f]{1,16}|unknown) (\S+)$/

/** @returns the marker that a console line is, or `undefined` for ordinary output. */
export function parseMarker(line: string): BenchMarker | undefined {
  const begin = BEGIN.exec(line)
  if (begin) return { kind: 'begin', workload: begin[1] }
  const end = END.exec(line)
  if (end) {
    const [, workload, checksum, expected, verdict] = end
    return { kind: 'end', workload, checksum, expected, ok: verdict === 'ok' && checksum === expected }
  }
  return line === '@bench done' ? { kind: 'done' } : undefined
}

/** Longest console line that is looked at; a guest may print anything. */
const LINE_LIMIT = 4096

/** What a {@link MarkerReader} tells. */
export interface MarkerEvents {
  /** The first byte of a line is out: nothing of the line itself has cost anything yet. */
  lineStart(): void
  /** A marker is complete: its newline is out. */
  marker(marker: BenchMarker): void
}

/** Finds the markers in a guest's console output, byte by byte as it comes. */
export class MarkerReader {
  readonly #events: MarkerEvents
  #line = ''
  #atStart = true

  constructor(events: MarkerEvents) {
    this.#events = events
  }

  /** Takes the next byte. */
  push(byte: number): void {
    if (byte === 0x0a) {
      const marker = parseMarker(this.#line.endsWith('\r') ? this.#line.slice(0, -1) : this.#line)
      this.#line = ''
      this.#atStart = true
      if (marker) this.#events.marker(marker)
      return
    }
    if (this.#atStart) {
      this.#atStart = false
      this.#events.lineStart()
    }
    if (this.#line.length < LINE_LIMIT) this.#line += String.fromCharCode(byte)
  }
}

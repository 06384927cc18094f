import { Across } from './state-layout.ts'

/**
 * Bytes of a predecoded record. One record per halfword of a code page:
 *
 * ```text
 *  0  op      u16   see `opcodes.ts`; 0: not decoded yet
 *  2  rd      u16   byte offset in the state block (the sink for x0)
 *  4  rs1     u16   byte offset in the state block
 *  6  rs2     u16   byte offset in the state block
 *  8  imm     i32   the immediate; of near jumps the distance in bytes of records
 * 12  aux     u16   CSR instructions: number of the CSR, or byte offset of its slot. Floating point: that of rs3. And
 *                   from RECORD_DETAIL_SHIFT on what CSR instructions do, see `CsrAction`, or the least privilege for the
 *                   slot; of floating point the rounding mode. Loads and stores: how often the access was not in the first
 *                   place of the TLB, modulo 2^16
 * 14  count   u16   arrivals here in a period, and above ARRIVALS_PERIOD_SHIFT which period that was
 * ```
 */
export const RECORD_SIZE = 16
/** Offset of the second operand of CSR instructions and the third of floating point, and of the detail above it. */
export const RECORD_AUX = 12
/** First bit of the detail. */
export const RECORD_DETAIL_SHIFT = 12
/** Offset of the arrivals. */
export const RECORD_ARRIVALS = 14
/** First bit of the number of the period in which arrivals were counted. */
export const ARRIVALS_PERIOD_SHIFT = 11
/** Period numbers: they come round again. */
export const ARRIVALS_PERIODS = 2 ** (16 - ARRIVALS_PERIOD_SHIFT)
/** Records of a page: one per halfword. */
const PAGE_RECORDS = 2048
/** Bytes of a predecoded page: a pad before the first record, which may be cleared, and the end mark. */
export const RECORD_PAGE_SIZE = (PAGE_RECORDS + 2) * RECORD_SIZE

/** From the first record of a page to its coverage: an i64, in what the end mark leaves free. */
export const COVERAGE_OFFSET = PAGE_RECORDS * RECORD_SIZE + 8

/** Bytes of the table that leads from the pages of RAM to their records. */
export const recordTableSize = (ramBytes: number): number => (ramBytes / 4096) * 4

/** Op of a record that is not decoded yet. */
export const OP_UNDECODED = 0
/** Op of the mark behind the last record of a page. */
export const OP_PAGE_END = 1

/**
 * Predecoded code pages, found by physical page, so that aliases and address-space switches reuse them. When the
 * pool is full everything is dropped: that bounds the memory, and a working set that large is rare.
 */
export class CodePool {
  /** Called when all records are gone. */
  onReset: () => void = () => {}
  /** Called with the linear address of a page of RAM that holds records from now on. */
  onWatch: (linear: number) => void = () => {}
  /** Called before bytes of a page with records change: linear address of the page, first and last byte in it. */
  onOverwrite: (page: number, from: number, to: number) => void = () => {}
  /** Called when all records are gone, before {@link CodePool.onReset}. */
  onDrop: () => void = () => {}
  /** How often the pool was full. */
  resets = 0
  /** Where the table of records would have the page at linear address 0. */
  readonly tableBase: number
  readonly #bytes: Uint8Array
  readonly #halfwords: Uint16Array
  readonly #words: Int32Array
  readonly #offset: number
  readonly #pages: number
  readonly #ramOffset: number
  /** Per page of RAM: linear address of its first record, or 0. */
  readonly #recordsOfPage: Int32Array
  /** Per pool page: linear address of the RAM page. */
  readonly #pageOfSlot: Float64Array
  #used = 0
  /** Pages of the pool that have ever been used: the others are zero, as memory is at first. */
  #written = 0

  /** @param table - where the pages of RAM have the addresses of their records, {@link recordTableSize} bytes. */
  constructor(
    buffer: ArrayBuffer,
    table: number,
    offset: number,
    pages: number,
    ramOffset: number,
    ramBytes: number,
  ) {
    this.#bytes = new Uint8Array(buffer)
    this.#halfwords = new Uint16Array(buffer, 0, buffer.byteLength >>> 1)
    this.#words = new Int32Array(buffer, 0, buffer.byteLength >>> 2)
    this.#offset = offset
    this.#pages = pages
    this.#ramOffset = ramOffset
    this.#recordsOfPage = new Int32Array(buffer, table, ramBytes / 4096)
    this.tableBase = table - (ramOffset / 4096) * 4
    this.#pageOfSlot = new Float64Array(pages)
  }

  /** @returns the linear address of the first record of the page of RAM at `linear`, or 0 when it has none. */
  recordsAt(linear: number): number {
    return this.#recordsOfPage[(linear - this.#ramOffset) >>> 12]
  }

  /** As {@link recordsAt}, but makes an empty page of records when there is none. May drop all the others. */
  obtain(linear: number): number {
    const page = (linear - this.#ramOffset) >>> 12
    const known = this.#recordsOfPage[page]
    if (known !== 0) return known
    if (this.#used === this.#pages) this.reset()
    const slot = this.#used++
    const start = this.#offset + slot * RECORD_PAGE_SIZE
    // What is not touched needs no memory of the host.
    if (slot < this.#written) this.#bytes.fill(0, start, start + RECORD_PAGE_SIZE)
    else this.#written = this.#used
    const records = start + RECORD_SIZE
    this.#halfwords[(records + PAGE_RECORDS * RECORD_SIZE) >>> 1] = OP_PAGE_END
    this.#recordsOfPage[page] = records
    this.#pageOfSlot[slot] = this.#ramOffset + page * 4096
    this.onWatch(this.#ramOffset + page * 4096)
    return records
  }

  /**
   * Says which parts of a page are translated: stores there must come through {@link CodePool.invalidate}.
   *
   * @param low - a bit for each 64 bytes of the first half of the page.
   * @param high - of the second half.
   */
  setCoverage(linear: number, low: number, high: number): void {
    const at = this.recordsAt(linear) + COVERAGE_OFFSET
    this.#words[at >>> 2] = low
    this.#words[(at >>> 2) + 1] = high
  }

  /** @returns the linear address of the instruction that a record stands for; of one across two pages that of its copy. */
  instructionOf(record: number): number {
    if (record < this.#offset) return record + Across.instruction
    const slot = Math.floor((record - this.#offset) / RECORD_PAGE_SIZE)
    const records = this.#offset + slot * RECORD_PAGE_SIZE + RECORD_SIZE
    return this.#pageOfSlot[slot] + ((record - records) >>> 3)
  }

  /** @returns the linear address of the record of the instruction at `linear`, whose page has records. */
  recordOf(linear: number): number {
    return this.recordsAt(linear) + ((linear & 0xffe) << 3)
  }

  /** Clears the records of instructions that overlap a range of RAM which was written. */
  invalidate(linear: number, bytes: number): void {
    const first = (linear - this.#ramOffset) >>> 12
    const last = (linear + bytes - 1 - this.#ramOffset) >>> 12
    for (let page = first; page <= last; page++) {
      const records = this.#recordsOfPage[page]
      if (records === 0) continue
      const start = this.#ramOffset + page * 4096
      const from = Math.max(0, linear - start) >>> 1
      const to = Math.min(4095, linear + bytes - 1 - start) >>> 1
      // With the halfword before, whose record is cleared as well.
      this.onOverwrite(start, (from - 1) << 1, (to << 1) + 1)
      // An instruction of 4 bytes also covers the halfword after its first.
      for (let record = from - 1; record <= to; record++) {
        this.#halfwords[(records + record * RECORD_SIZE) >>> 1] = OP_UNDECODED
      }
    }
  }

  /** Drops all records. */
  reset(): void {
    this.#recordsOfPage.fill(0)
    this.#used = 0
    this.resets++
    this.onDrop()
    this.onReset()
  }
}

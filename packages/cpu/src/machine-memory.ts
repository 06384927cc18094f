import { type TlbLayout, tlbLayout, type WalkMemory } from '@worldswitch/mmu'
import { CodePool, RECORD_PAGE_SIZE, recordTableSize } from './code-pool.ts'
import { CpuError } from './cpu-error.ts'
import { STATE_SIZE } from './state-layout.ts'
import {
  CallLinkCells,
  JumpTargets,
  LoopCounters,
  MOST_REMEMBERING,
  PAGE_MEMORIES_SIZE,
} from './translator/region-links.ts'

/** Sizes of a {@link MachineMemory}. */
export interface MachineMemoryOptions {
  /** Bytes of RAM: a multiple of 4096, at most about 3.9 GiB. */
  readonly ramBytes: number
  /** Physical address of RAM: a multiple of 4096. Default 0x8000_0000. */
  readonly ramBase?: number
  /** Harts that share it, 1 to 64. Default 1. */
  readonly harts?: number
  /** Entries per TLB array: a power of two. Default 2048. */
  readonly tlbEntries?: number
  /**
   * Code pages that can be predecoded at a time, 4 to 16384; 32 KiB of host memory each when in use. By default one for
   * 128 KiB of RAM, as far as they fit beside it, and 3072 at least.
   */
  readonly codePages?: number
}

/** What the memory tells the harts attached to it. */
export interface MemoryListener {
  /** Stores to a page of RAM must be noticed from now on: it holds predecoded code. */
  watchPage(linear: number): void
  /** All predecoded code is gone. */
  forgetCode(): void
  /** Bytes were written by somebody else. */
  breakReservation(linear: number, bytes: number): void
  /** Linear address of the reserved granule, 0 without a reservation. */
  readonly reservation: number
}

const MEBIBYTE = 0x10_0000
const LINEAR_LIMIT = 0x1_0000_0000
const MOST_CODE_PAGES = 16384

/**
 * Code pages when nobody says how many. A large RAM holds several systems, which have no page of code in common.
 *
 * @param room - bytes that are left for their records.
 */
const usualCodePages = (ramBytes: number, room: number): number =>
  Math.max(3072, Math.floor(Math.min(ramBytes / 0x2_0000, room / RECORD_PAGE_SIZE, MOST_CODE_PAGES)))

/**
 * The one WebAssembly memory of a machine: state blocks and TLBs of its harts, predecoded code, and RAM. Physical
 * addresses of RAM are `[ramBase, ramBase + ramBytes)`; methods with an address answer `false` (or -1) for
 * anything outside, and never throw for one.
 *
 * ```text
 *  64 KiB     state blocks, one per hart
 *  ...        TLB arrays, one set per hart
 *  ...        pages that regions remember, computed jumps that they noted, links to others
 *  ...        where the pages of RAM have their predecoded records
 *  ...        predecoded records
 *  ramOffset  RAM
 * ```
 */
export class MachineMemory implements WalkMemory {
  readonly memory: WebAssembly.Memory
  readonly ramBase: number
  readonly ramBytes: number
  readonly harts: number
  readonly tlbLayout: TlbLayout
  /** Linear address of the first byte of RAM: a multiple of 64 KiB. */
  readonly ramOffset: number
  /** RAM as bytes. Writing through it bypasses the invalidation of predecoded code: prefer {@link writeRam}. */
  readonly ram: Uint8Array
  /** The predecoded code. Internal to this package's engines. */
  readonly code: CodePool
  /** Linear address of what regions remember of pages. @internal */
  readonly pageMemories: number
  /** Linear address of where regions note computed jumps. @internal */
  readonly jumpTargets: number
  /** Linear address of where regions count steps in loops. @internal */
  readonly loopCounters: number
  /** Linear address of the cells of links between regions. @internal */
  readonly callLinkCells: number
  /** Whether a hart executes. @internal */
  running = false
  readonly #tlbOffset: number
  readonly #view: DataView
  readonly #listeners: MemoryListener[] = []

  /**
   * @throws CpuError `bad-option` or `memory-too-large`.
   */
  constructor(options: MachineMemoryOptions) {
    const { ramBytes, ramBase = 0x8000_0000, harts = 1, tlbEntries = 2048 } = options
    if (!Number.isInteger(ramBytes) || ramBytes <= 0 || ramBytes % 4096 !== 0) {
      throw new CpuError('bad-option', `ramBytes is ${ramBytes}: give a positive multiple of 4096`)
    }
    if (!Number.isInteger(ramBase) || ramBase < 0 || ramBase % 4096 !== 0 || ramBase + ramBytes > 2 ** 53) {
      throw new CpuError('bad-option', `ramBase is ${ramBase}: give a multiple of 4096 below 2^53`)
    }
    if (!Number.isInteger(harts) || harts < 1 || harts > 64) {
      throw new CpuError('bad-option', `harts is ${harts}: give 1 to 64`)
    }
    const { codePages } = options
    if (
      codePages !== undefined &&
      (!Number.isInteger(codePages) || codePages < 4 || codePages > MOST_CODE_PAGES)
    ) {
      throw new CpuError('bad-option', `codePages is ${codePages}: give 4 to ${MOST_CODE_PAGES}`)
    }
    this.ramBase = ramBase
    this.ramBytes = ramBytes
    this.harts = harts
    this.tlbLayout = tlbLayout(tlbEntries)
    // Aligned to the size of an array, as the generated code's look-up needs it.
    const { arraySize } = this.tlbLayout
    this.#tlbOffset = Math.ceil((0x1_0000 + harts * STATE_SIZE) / arraySize) * arraySize
    this.pageMemories = this.#tlbOffset + harts * this.tlbLayout.byteSize
    this.jumpTargets = this.pageMemories + MOST_REMEMBERING * PAGE_MEMORIES_SIZE
    this.loopCounters = Math.ceil((this.jumpTargets + JumpTargets.size) / 4) * 4
    this.callLinkCells = this.loopCounters + LoopCounters.size
    const recordTable = this.callLinkCells + CallLinkCells.size
    const poolOffset =
      Math.ceil((recordTable + recordTableSize(Math.min(ramBytes, LINEAR_LIMIT))) / 4096) * 4096
    const pages = codePages ?? usualCodePages(ramBytes, LINEAR_LIMIT - 0x2_0000 - poolOffset - ramBytes)
    this.ramOffset = Math.ceil((poolOffset + pages * RECORD_PAGE_SIZE) / 0x1_0000) * 0x1_0000
    const end = this.ramOffset + ramBytes
    if (end > LINEAR_LIMIT - 0x1_0000) {
      const most = Math.floor((LINEAR_LIMIT - 0x1_0000 - this.ramOffset) / MEBIBYTE)
      throw new CpuError(
        'memory-too-large',
        `${ramBytes / MEBIBYTE} MiB of RAM do not fit: at most ${most} MiB`,
      )
    }
    const size = Math.ceil(end / 0x1_0000)
    try {
      this.memory = new WebAssembly.Memory({ initial: size, maximum: size })
    } catch (cause) {
      throw new CpuError('memory-too-large', `the host cannot give ${end} bytes to one memory: ${cause}`)
    }
    const buffer = this.memory.buffer
    this.ram = new Uint8Array(buffer, this.ramOffset, ramBytes)
    this.#view = new DataView(buffer)
    this.code = new CodePool(buffer, recordTable, poolOffset, pages, this.ramOffset, ramBytes)
    this.code.onReset = () => {
      for (const listener of this.#listeners) listener.forgetCode()
    }
    this.code.onWatch = (linear) => {
      for (const listener of this.#listeners) listener.watchPage(linear)
    }
  }

  /** Linear address of a hart's state block. */
  stateOffset(hart: number): number {
    return 0x1_0000 + hart * STATE_SIZE
  }

  /** Linear address of a hart's TLB arrays. */
  tlbOffset(hart: number): number {
    return this.#tlbOffset + hart * this.tlbLayout.byteSize
  }

  /** Makes a hart hear of what concerns its caches. */
  attach(listener: MemoryListener): void {
    this.#listeners.push(listener)
  }

  /** Whether a hart other than `self` holds a reservation in the page at `linear`. */
  reservedByAnother(self: MemoryListener, linear: number): boolean {
    for (const listener of this.#listeners) {
      if (
        listener !== self &&
        listener.reservation !== 0 &&
        ((listener.reservation ^ linear) & ~0xfff) === 0
      ) {
        return true
      }
    }
    return false
  }

  /** Calls back with every page of linear memory in which a hart other than `self` holds a reservation. */
  eachForeignReservation(self: MemoryListener, visit: (linear: number) => void): void {
    for (const listener of this.#listeners) {
      if (listener !== self && listener.reservation !== 0) visit(listener.reservation)
    }
  }

  /** @returns the linear address of a physical one, or -1 when it is not RAM. */
  linearOf(address: number): number {
    const offset = address - this.ramBase
    return offset >= 0 && offset < this.ramBytes ? this.ramOffset + offset : -1
  }

  /**
   * Copies RAM out.
   *
   * @returns `false`, with nothing copied, unless the whole range is RAM.
   */
  readRam(address: number, target: Uint8Array): boolean {
    const offset = address - this.ramBase
    if (!this.#inside(offset, target.length)) return false
    target.set(this.ram.subarray(offset, offset + target.length))
    return true
  }

  /**
   * Copies into RAM as a DMA device would: predecoded code and reservations on those bytes go.
   *
   * @returns `false`, with nothing written, unless the whole range is RAM.
   */
  writeRam(address: number, bytes: Uint8Array): boolean {
    const offset = address - this.ramBase
    if (!this.#inside(offset, bytes.length)) return false
    this.ram.set(bytes, offset)
    this.written(this.ramOffset + offset, bytes.length)
    return true
  }

  /** This memory as the devices' `DmaMemory`. */
  get dma(): {
    /** {@link MachineMemory.readRam} */
    read(address: number, target: Uint8Array): boolean
    /** {@link MachineMemory.writeRam} */
    write(address: number, source: Uint8Array): boolean
  } {
    return {
      read: (address, target) => this.readRam(address, target),
      write: (address, source) => this.writeRam(address, source),
    }
  }

  /** @returns the unsigned byte, or -1 outside RAM. */
  load8(address: number): number {
    const offset = address - this.ramBase
    return this.#inside(offset, 1) ? this.#view.getUint8(this.ramOffset + offset) : -1
  }

  /** Little-endian, any alignment. @returns the unsigned halfword, or -1 outside RAM. */
  load16(address: number): number {
    const offset = address - this.ramBase
    return this.#inside(offset, 2) ? this.#view.getUint16(this.ramOffset + offset, true) : -1
  }

  /** Little-endian, any alignment. @returns the unsigned word, or -1 outside RAM. */
  load32(address: number): number {
    const offset = address - this.ramBase
    return this.#inside(offset, 4) ? this.#view.getUint32(this.ramOffset + offset, true) : -1
  }

  /** Little-endian, any alignment. @returns the unsigned doubleword, or `undefined` outside RAM. */
  load64(address: number): bigint | undefined {
    const offset = address - this.ramBase
    return this.#inside(offset, 8) ? this.#view.getBigUint64(this.ramOffset + offset, true) : undefined
  }

  /** Stores the low 8 bits. @returns `false` outside RAM. */
  store8(address: number, value: number): boolean {
    const offset = address - this.ramBase
    if (!this.#inside(offset, 1)) return false
    this.#view.setUint8(this.ramOffset + offset, value)
    this.written(this.ramOffset + offset, 1)
    return true
  }

  /** Stores the low 16 bits, little-endian, any alignment. @returns `false` outside RAM. */
  store16(address: number, value: number): boolean {
    const offset = address - this.ramBase
    if (!this.#inside(offset, 2)) return false
    this.#view.setUint16(this.ramOffset + offset, value, true)
    this.written(this.ramOffset + offset, 2)
    return true
  }

  /** Stores 32 bits, little-endian, any alignment. @returns `false` outside RAM. */
  store32(address: number, value: number): boolean {
    const offset = address - this.ramBase
    if (!this.#inside(offset, 4)) return false
    this.#view.setUint32(this.ramOffset + offset, value, true)
    this.written(this.ramOffset + offset, 4)
    return true
  }

  /** Stores the low 64 bits, little-endian, any alignment. @returns `false` outside RAM. */
  store64(address: number, value: bigint): boolean {
    const offset = address - this.ramBase
    if (!this.#inside(offset, 8)) return false
    this.#view.setBigUint64(this.ramOffset + offset, value, true)
    this.written(this.ramOffset + offset, 8)
    return true
  }

  /**
   * Drops what is cached of bytes of RAM that were just written: call it after writing through {@link ram}.
   *
   * @param linear - linear address of the first byte.
   * @param self - the hart that wrote, whose own reservation stays.
   */
  written(linear: number, bytes: number, self?: MemoryListener): void {
    if (bytes === 0) return
    this.code.invalidate(linear, bytes)
    const listeners = this.#listeners
    for (let i = 0; i < listeners.length; i++) {
      const listener = listeners[i]
      if (listener !== self && listener.reservation !== 0) listener.breakReservation(linear, bytes)
    }
  }

  #inside(offset: number, bytes: number): boolean {
    return offset >= 0 && offset + bytes <= this.ramBytes
  }
}

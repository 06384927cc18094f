import type { DmaMemory } from '@worldswitch/devices'
import type { WalkMemory } from '@worldswitch/mmu'
import { FRAME_SIZE, type FrameAllocator } from './frame-allocator.ts'
import { HypervisorError } from './hypervisor-error.ts'

/** Host memory by host-physical address: what guest memory is made of. `MachineMemory` of `@worldswitch/cpu` is one. */
export interface HostMemory extends WalkMemory {
  /** Copies out; `false` when the range is not all RAM. */
  readRam(address: number, target: Uint8Array): boolean
  /** Copies in; `false` when the range is not all RAM. */
  writeRam(address: number, source: Uint8Array): boolean
}

/** A stretch of guest-physical memory. */
export interface MemorySlot {
  /** Guest-physical address, a multiple of 4096. */
  readonly base: number
  /** Length in bytes, a multiple of 4096. */
  readonly bytes: number
}

interface BackedSlot extends MemorySlot {
  /** Host page number + 1 of each page, 0 where no frame was needed yet. */
  readonly frames: Uint32Array
  /** What each page is part of, as an index into {@link blockSizes}. */
  readonly blocks: Uint8Array
}

/** A piece of guest-physical memory that is as large, and as aligned, in host memory. */
export interface MemoryBlock {
  /** Guest-physical address. */
  readonly gpa: number
  /** Host-physical address. */
  readonly hpa: number
  /** 4 KiB, 2 MiB or 1 GiB; both addresses are multiples of it. */
  readonly bytes: BlockSize
}

/** Sizes of the pieces in which guest memory can be taken from the host: those of pages. */
export const blockSizes = [4096, 2 ** 21, 2 ** 30] as const

/** One of {@link blockSizes}. */
export type BlockSize = (typeof blockSizes)[number]

/** The part of a host's frames that is handed out singly. */
const RESERVE = 1 / 8

const ZEROES = new Uint8Array(FRAME_SIZE)

/**
 * The RAM of a virtual machine: slots of guest-physical addresses, each page backed by a host frame that is
 * taken, zeroed, at the first touch. A guest reaches these frames and nothing else.
 *
 * As {@link WalkMemory} it lets page-table walks read guest tables, as {@link DmaMemory} it serves devices; both
 * take guest-physical addresses.
 */
export class GuestMemory implements WalkMemory, DmaMemory {
  /**
   * How much is taken from the host at a first touch, where a slot covers it and the host has it in one piece: less
   * where not. More than a page serves who maps large pages. Default 4096.
   */
  largestBlock: BlockSize = 4096
  readonly #host: HostMemory
  readonly #frames: FrameAllocator
  readonly #slots: readonly BackedSlot[]
  #last: BackedSlot
  #exhausted = false
  #released = false

  /**
   * @throws HypervisorError `bad-slot` for slots that are misaligned, empty or overlap.
   */
  constructor(host: HostMemory, frames: FrameAllocator, slots: readonly MemorySlot[]) {
    this.#host = host
    this.#frames = frames
    this.#slots = checked(slots).map((slot) => ({
      ...slot,
      frames: new Uint32Array(slot.bytes / FRAME_SIZE),
      blocks: new Uint8Array(slot.bytes / FRAME_SIZE),
    }))
    this.#last = this.#slots[0]
  }

  /** The slots, by ascending address. */
  get slots(): readonly MemorySlot[] {
    return this.#slots
  }

  /** Whether a page was needed for which the host had no frame. The guest saw an access fault; its VM should stop. */
  get exhausted(): boolean {
    return this.#exhausted
  }

  /** Bytes of host memory in use. */
  get resident(): number {
    let pages = 0
    for (const slot of this.#slots) for (const frame of slot.frames) if (frame !== 0) pages++
    return pages * FRAME_SIZE
  }

  /** @returns whether a slot covers the address. */
  contains(address: number): boolean {
    return this.#slot(address) !== undefined
  }

  /**
   * Where a guest-physical address lives; takes a frame at the first touch.
   *
   * @returns the host-physical address, or -1 when the address is not guest RAM (or the host has no frame left).
   */
  hostAddress(address: number): number {
    const slot = this.#slot(address)
    if (!slot) return -1
    const offset = address - slot.base
    const page = Math.floor(offset / FRAME_SIZE)
    const frame = slot.frames[page] || this.#back(slot, page)
    return frame === 0 ? -1 : (frame - 1) * FRAME_SIZE + (offset % FRAME_SIZE)
  }

  /**
   * The block that an address is in; takes it from the host at the first touch.
   *
   * @returns `undefined` where {@link hostAddress} has no address.
   */
  blockAt(address: number): MemoryBlock | undefined {
    const host = this.hostAddress(address)
    const slot = this.#slot(address)
    if (host < 0 || !slot) return undefined
    const bytes = blockSizes[slot.blocks[Math.floor((address - slot.base) / FRAME_SIZE)]]
    return { gpa: address - (address % bytes), hpa: host - (host % bytes), bytes }
  }

  load32(address: number): number {
    const host = this.hostAddress(address)
    return host < 0 ? -1 : this.#host.load32(host)
  }

  store32(address: number, value: number): boolean {
    const host = this.hostAddress(address)
    return host >= 0 && this.#host.store32(host, value)
  }

  read(address: number, target: Uint8Array): boolean {
    return this.#copy(address, target, (host, piece) => this.#host.readRam(host, piece))
  }

  write(address: number, source: Uint8Array): boolean {
    return this.#copy(address, source, (host, piece) => this.#host.writeRam(host, piece))
  }

  /** Gives all frames back, for good: devices that are still at work find no memory any more. */
  release(): void {
    this.clear()
    this.#released = true
  }

  /** Gives all frames back. All of it is zero then, and takes frames when it is touched. */
  clear(): void {
    for (const slot of this.#slots) {
      for (const frame of slot.frames)
        if (frame !== 0) this.#frames.release(((frame - 1) * FRAME_SIZE) as never)
      slot.frames.fill(0)
      slot.blocks.fill(0)
    }
    this.#exhausted = false
  }

  #slot(address: number): BackedSlot | undefined {
    const last = this.#last
    if (address >= last.base && address < last.base + last.bytes) return last
    for (const slot of this.#slots) {
      if (address >= slot.base && address < slot.base + slot.bytes) {
        this.#last = slot
        return slot
      }
    }
    return undefined
  }

  #back(slot: BackedSlot, page: number): number {
    if (this.#released) return 0
    for (let size = blockSizes.length - 1; size > 0; size--) {
      if (blockSizes[size] <= this.largestBlock && this.#backBlock(slot, page, size)) return slot.frames[page]
    }
    const frame = this.#frames.allocate()
    if (frame === undefined) {
      this.#exhausted = true
      return 0
    }
    this.#host.writeRam(frame, ZEROES)
    slot.frames[page] = frame / FRAME_SIZE + 1
    return slot.frames[page]
  }

  /** Takes a whole block around a page, if none of it was taken before. */
  #backBlock(slot: BackedSlot, page: number, size: number): boolean {
    const bytes = blockSizes[size]
    const address = slot.base + page * FRAME_SIZE
    const start = address - (address % bytes)
    if (start < slot.base || start + bytes > slot.base + slot.bytes) return false
    const first = (start - slot.base) / FRAME_SIZE
    const end = first + bytes / FRAME_SIZE
    const { available, total } = this.#frames
    // What is left is for those who need a page.
    if (available - bytes / FRAME_SIZE < total * RESERVE) return false
    if (slot.frames.subarray(first, end).some((frame) => frame !== 0)) return false
    const run = this.#frames.allocateRun(bytes / FRAME_SIZE)
    if (run === undefined) return false
    slot.blocks.fill(size, first, end)
    for (let index = first, frame: number = run; index < end; index++, frame += FRAME_SIZE) {
      this.#host.writeRam(frame, ZEROES)
      slot.frames[index] = frame / FRAME_SIZE + 1
    }
    return true
  }

  /** Page by page, after a check of the whole range, so that a refused range is untouched. */
  #copy(address: number, bytes: Uint8Array, piece: (host: number, bytes: Uint8Array) => boolean): boolean {
    const slot = this.#slot(address)
    if (!slot || address + bytes.length > slot.base + slot.bytes) return false
    for (let done = 0; done < bytes.length; ) {
      const length = Math.min(bytes.length - done, FRAME_SIZE - ((address + done) % FRAME_SIZE))
      const host = this.hostAddress(address + done)
      if (host < 0 || !piece(host, bytes.subarray(done, done + length))) return false
      done += length
    }
    return true
  }
}

function checked(slots: readonly MemorySlot[]): MemorySlot[] {
  const sorted = [...slots].sort((a, b) => a.base - b.base)
  if (sorted.length === 0)
    throw new HypervisorError('bad-slot', 'a virtual machine needs at least one memory slot')
  sorted.forEach((slot, index) => {
    const { base, bytes } = slot
    if (base % FRAME_SIZE !== 0 || bytes % FRAME_SIZE !== 0 || bytes <= 0 || base < 0) {
      throw new HypervisorError(
        'bad-slot',
        `memory slot at ${base}, ${bytes} bytes: both must be multiples of 4096`,
      )
    }
    const next = sorted[index + 1]
    if (next && next.base < base + bytes) {
      throw new HypervisorError('bad-slot', `memory slots at ${base} and ${next.base} overlap`)
    }
  })
  return sorted
}

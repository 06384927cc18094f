import { isReturn, type RegionInstruction } from './instruction-facts.ts'

/** Instructions of a region at most: V8's optimizing compiler takes more than linear time. */
export const MOST_INSTRUCTIONS = 400

/** Stands for the place that computed jumps go to, and from there to one of {@link Region.targets}. */
export const DISPATCHER = -2

/** A basic block: entered at its start only, and left at its end, or before an instruction that the interpreter must do. */
export interface Block {
  /** Bytes from the start of the page. */
  readonly start: number
  readonly instructions: readonly RegionInstruction[]
  /** Where the next instruction lies; it may be in the next page. */
  readonly end: number
  /**
   * Starts of the blocks that may follow: of a branch the target first, of a computed jump {@link DISPATCHER} if any
   * targets are known. Those that are not blocks of the region are left to others.
   */
  readonly successors: readonly number[]
  /** Whether the next instruction is one that translated code does not contain. */
  readonly stops: boolean
  /** Whether the last instruction is a call. */
  readonly isCall: boolean
  /** Where that goes, if the code says it: bytes from the start of the page. It may be in another page. */
  readonly callee: number | undefined
  readonly registers: BlockRegisters
}

/** What a block does to registers: bits of words, as in {@link RegionInstruction}. */
interface BlockRegisters {
  /** Read before they are written. */
  readonly readsX: number
  readonly readsF: number
  readonly writesX: number
  readonly writesF: number
  /** What has been written where the block may be left for the first time, before its end; all ones if it is not. */
  readonly earlyX: number
  readonly earlyF: number
}

/**
 * Code of one page that is translated as a whole: what is reached from its entry without leaving the page. Of an entry
 * into a loop only the loops around it: what follows them is another region, if it is hot.
 */
export interface Region {
  /** Linear address of the page. */
  readonly page: number
  readonly entry: number
  readonly blocks: ReadonlyMap<number, Block>
  /** Starts of those blocks that computed jumps have gone to. */
  readonly targets: readonly number[]
  /** Places of accesses that often are not in the first place of the TLB. */
  readonly missed: ReadonlySet<number>
  /** Whether it has a computed jump that is no return. */
  readonly computesJumps: boolean
  /** Number of instructions. */
  readonly size: number
  /** Whether an instruction asks if floating point may be used. */
  readonly usesFloat: boolean
  /** Whether an instruction needs the upper half of a product, or one without carries. */
  readonly usesProducts: boolean
}

/** Where instructions come from. */
export interface CodeSource {
  /** The instruction at a linear address; null when it is illegal, lies across pages, or is not for translated code. */
  instruction(linear: number): RegionInstruction | null
  /** Whether the block that begins there has been executed, or is wanted all the same. */
  isWanted(linear: number): boolean
  /** Whether the access of the instruction there often is not in the first place of the TLB. */
  isMissed(linear: number): boolean
}

/** Where control may go after the instruction at an offset, calls taken for granted to return. */
function successorsOf(instruction: RegionInstruction, offset: number): readonly number[] {
  const { transfer, decoded } = instruction
  switch (transfer) {
    case 'branch':
      return [offset + decoded.imm, offset + decoded.length]
    case 'jump':
      return [offset + decoded.imm]
    case 'indirect':
      return isReturn(instruction) ? [] : [DISPATCHER]
    default:
      return [offset + decoded.length]
  }
}

/** Whether a place is in the page. @param offset - bytes from its start. */
export const isInPage = (offset: number): boolean => offset >= 0 && offset < 4096

/**
 * What was looked at of a page, by halfword up to where its last instruction may end; null is what cannot be translated.
 * It is empty but for while a region is found, for each of which a map would take a third of that time.
 */
const looked: (RegionInstruction | null | undefined)[] = new Array(2050).fill(undefined)

/**
 * Finds the region that begins at an instruction.
 *
 * @param page - linear address of the page.
 * @param entry - bytes from there.
 * @param computed - places of the page that computed jumps are known to go to: bytes from there.
 * @returns undefined when the first instruction is none that can be translated.
 */
export function findRegion(
  source: CodeSource,
  page: number,
  entry: number,
  computed: ReadonlySet<number>,
): Region | undefined {
  const seen: number[] = []
  const blocks = new Map<number, Block>()
  try {
    const starts = look(source, page, entry, computed, seen)
    if ((looked[entry >> 1] ?? null) === null) return undefined
    for (const start of starts) {
      const block = blockAt(start, starts)
      if (block !== undefined) blocks.set(start, block)
    }
  } finally {
    for (let i = 0; i < seen.length; i++) looked[seen[i] >> 1] = undefined
  }
  const targets = (): number[] => [...computed].filter((place) => blocks.has(place))
  keepLoops(blocks, entry, targets())
  let size = 0
  const missed = new Set<number>()
  let computesJumps = false
  let usesFloat = false
  let usesProducts = false
  for (const { start, instructions, successors } of blocks.values()) {
    size += instructions.length
    computesJumps ||= successors[0] === DISPATCHER
    let offset = start
    for (let i = 0; i < instructions.length; i++) {
      const { looksUp, decoded } = instructions[i]
      if (looksUp && source.isMissed(page + offset)) missed.add(offset)
      usesFloat ||= instructions[i].usesFloat
      usesProducts ||= instructions[i].usesProducts
      offset += decoded.length
    }
  }
  const known = computesJumps ? targets() : []
  return { page, entry, blocks, targets: known, missed, computesJumps, size, usesFloat, usesProducts }
}

/** Looks at what is reached from an entry. @param seen - gets the places. @returns where blocks may start. */
function look(
  source: CodeSource,
  page: number,
  entry: number,
  computed: ReadonlySet<number>,
  seen: number[],
): ReadonlySet<number> {
  const starts = new Set([entry])
  const pending = [entry]
  let size = 0
  // Breadth first, so that what is near the entry is in when there is too much.
  for (let i = 0; i < pending.length; i++) {
    let offset = pending[i]
    if (looked[offset >> 1] !== undefined || !source.isWanted(page + offset)) continue
    while (isInPage(offset) && looked[offset >> 1] === undefined && size < MOST_INSTRUCTIONS) {
      const instruction = source.instruction(page + offset)
      looked[offset >> 1] = instruction
      seen.push(offset)
      if (instruction === null) break
      size++
      if (instruction.transfer !== 'next') {
        const after = successorsOf(instruction, offset)
        for (const successor of after[0] === DISPATCHER ? computed : after) {
          if (!isInPage(successor)) continue
          starts.add(successor)
          pending.push(successor)
        }
        break
      }
      offset += instruction.decoded.length
    }
  }
  return starts
}

/**
 * Removes the blocks from which the entry is not reached again, if it is reached again at all. A computed jump of which no
 * target is known may lead there.
 */
function keepLoops(blocks: Map<number, Block>, entry: number, targets: readonly number[]): void {
  let isLoop = targets.includes(entry)
  for (const { successors } of blocks.values()) isLoop ||= successors.includes(entry)
  if (!isLoop) return
  const predecessors = new Map<number, number[]>()
  for (const { start, successors } of blocks.values()) {
    for (const to of successors[0] === DISPATCHER ? targets : successors) {
      const known = predecessors.get(to)
      if (known === undefined) predecessors.set(to, [start])
      else known.push(start)
    }
  }
  const back = new Set(predecessors.get(entry))
  if (back.size === 0) return
  if (targets.length === 0) {
    for (const { start, successors } of blocks.values()) if (successors[0] === DISPATCHER) back.add(start)
  }
  for (const block of back) for (const before of predecessors.get(block) ?? []) back.add(before)
  for (const start of blocks.keys()) if (!back.has(start)) blocks.delete(start)
}

function blockAt(start: number, starts: ReadonlySet<number>): Block | undefined {
  const instructions: RegionInstruction[] = []
  let offset = start
  let end = start
  for (;;) {
    const instruction = looked[end >> 1] ?? null
    if (instruction === null || (end !== start && starts.has(end))) break
    instructions.push(instruction)
    offset = end
    end += instruction.decoded.length
    if (instruction.transfer !== 'next') break
  }
  if (instructions.length === 0) return undefined
  const last = instructions[instructions.length - 1]
  const { transfer } = last
  const stops = transfer === 'next' && looked[end >> 1] === null
  return {
    start,
    instructions,
    end,
    successors: stops ? [] : successorsOf(last, offset),
    stops,
    isCall: transfer === 'call' || transfer === 'indirect call',
    callee: calleeOf(instructions, offset),
    registers: registersOf(instructions),
  }
}

/**
 * Where the call at the end of a block goes, if it says that itself, or together with the AUIPC before it.
 *
 * @param offset - of the last instruction.
 */
function calleeOf(instructions: readonly RegionInstruction[], offset: number): number | undefined {
  const { transfer, decoded } = instructions[instructions.length - 1]
  if (transfer === 'call') return offset + decoded.imm
  if (transfer !== 'indirect call' || instructions.length < 2) return undefined
  const { base, rd, imm, length } = instructions[instructions.length - 2].decoded
  if (base.name !== 'auipc' || rd === 0 || rd !== decoded.rs1) return undefined
  // JALR clears the lowest bit of the sum.
  return offset - length + imm + (decoded.imm & ~1)
}

function registersOf(instructions: readonly RegionInstruction[]): BlockRegisters {
  let readsX = 0
  let readsF = 0
  let writesX = 0
  let writesF = 0
  let earlyX = -1
  let earlyF = -1
  let leaves = false
  for (let i = 0; i < instructions.length; i++) {
    const instruction = instructions[i]
    readsX |= instruction.readsX & ~writesX
    readsF |= instruction.readsF & ~writesF
    if (instruction.mayLeave && !leaves) {
      leaves = true
      earlyX = writesX
      earlyF = writesF
    }
    writesX |= instruction.writesX
    writesF |= instruction.writesF
  }
  return { readsX, readsF, writesX, writesF, earlyX, earlyF }
}

/** A block without instructions. */
export const emptyBlock = (start: number, successors: readonly number[]): Block => ({
  start,
  instructions: [],
  end: start,
  successors,
  stops: false,
  isCall: false,
  callee: undefined,
  registers: registersOf([]),
})

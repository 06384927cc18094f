import { Looked } from './access-groups.ts'
import type { ControlFlow, FlowNode } from './control-flow.ts'
import { PageMemories } from './region-links.ts'

/**
 * A register that grows by the same number of bytes in each round of a loop, possibly none: what is accessed off it in the
 * rounds ahead lies at known distances, mostly in one page.
 */
export interface Stream {
  readonly register: number
  /** Bytes by which it grows in a round. */
  readonly stride: number
  /** Distances of accesses from what the register is at the start of the round, by the offset of the instruction. */
  readonly distances: ReadonlyMap<number, number>
  /** The least distance of a byte that is accessed in the rounds that are looked ahead. */
  readonly low: number
  /** The number of bytes from there to the last one. */
  readonly span: number
  /** What is accessed: bits of {@link Looked}. */
  readonly kinds: number
}

/** How the code of a loop is laid out. */
export interface LoopPlan {
  /** How often the loop is repeated in itself. */
  readonly copies: number
  /**
   * What is looked up once for all copies. Where that fails, a round is executed in another copy, in which accesses are
   * looked up one by one.
   */
  readonly streams: readonly Stream[]
}

/** Instructions of a loop that is repeated, all copies taken together, at most. */
const REPEATED_INSTRUCTIONS = 48
const MOST_COPIES = 6
/** Instructions by which a region grows through repeated loops at most. */
const MOST_GROWTH = 160
/** Bytes that a stream spans in the rounds ahead at most: the more, the more often the page ends before. */
const MOST_SPAN = 1024
const MOST_STREAMS = 4

const once: LoopPlan = { copies: 1, streams: [] }

/** Leaves the loops of a region as they are. */
export const plainLoops = ({ loops }: ControlFlow): Map<number, LoopPlan> =>
  new Map([...loops.keys()].map((header) => [header, once]))

/**
 * Plans the loops of a region, by header, the smallest ones first.
 *
 * @param remembers - pages can be remembered, of streams as well.
 */
export function planLoops(flow: ControlFlow, remembers: boolean): Map<number, LoopPlan> {
  const plans = new Map<number, LoopPlan>()
  let growth = MOST_GROWTH
  let memories = remembers ? PageMemories.most : 0
  for (const [header, body] of [...flow.loops].sort(([, a], [, b]) => a.size - b.size)) {
    const size = simpleSize(flow, header, body)
    let plan = once
    if (size !== undefined && size <= Math.min(REPEATED_INSTRUCTIONS, growth)) {
      plan = planLoop(flow, header, body, size, memories)
      const grown = size * (plan.copies - (plan.streams.length > 0 ? 0 : 1))
      if (grown > growth) plan = once
      else growth -= grown
    }
    memories -= plan.streams.length
    plans.set(header, plan)
  }
  return plans
}

/** Instructions of a loop without calls, without another loop inside, and that is entered at its start only. */
function simpleSize({ nodes }: ControlFlow, header: number, body: ReadonlySet<number>): number | undefined {
  if (nodes[header].resumptions.length > 0) return undefined
  let size = 0
  for (const number of body) {
    const { block, isHeader, isDispatcher } = nodes[number]
    if (block.isCall || isDispatcher || (isHeader && number !== header)) return undefined
    size += block.instructions.length
  }
  return size
}

function planLoop(
  flow: ControlFlow,
  header: number,
  body: ReadonlySet<number>,
  size: number,
  memories: number,
): LoopPlan {
  // The look at the steps left and the host's own look at its stack would be a good part of a small loop.
  let copies = Math.min(Math.floor(REPEATED_INSTRUCTIONS / size), MOST_COPIES)
  const walks = walksOf(flow, header, body).slice(0, Math.min(MOST_STREAMS, memories))
  for (const { stride } of walks) {
    // No stride is larger than half of it.
    if (stride !== 0) copies = Math.min(copies, Math.floor(MOST_SPAN / Math.abs(stride)))
  }
  // One access in a round is looked up where it is.
  const worthwhile = walks.filter(({ distances }) => distances.size * copies > 1)
  const streams = worthwhile.map(({ low, high, ...walk }): Stream => {
    const ahead = walk.stride * (copies - 1)
    return { ...walk, low: low + Math.min(0, ahead), span: high - low + Math.abs(ahead) }
  })
  return { copies, streams }
}

/** A stream in one round: its accesses go from `low` up to, but not including, `high`. */
interface Walk extends Omit<Stream, 'span'> {
  distances: Map<number, number>
  low: number
  high: number
  kinds: number
}

/** By how much each register has grown since the start of the round; NaN where it may be anything. */
type Growth = Float64Array

function walksOf({ nodes }: ControlFlow, header: number, body: ReadonlySet<number>): Walk[] {
  const atStart = new Map<number, Growth>([[header, new Float64Array(32)]])
  const inRound = new Float64Array(32)
  let isFirst = true
  const walks = new Map<number, Walk>()
  // Numbers are in reverse postorder: all edges forwards come from nodes before.
  for (const number of [...body].sort((a, b) => a - b)) {
    const growth = atStart.get(number)!.slice()
    accessesOf(nodes[number], growth, walks)
    for (const to of nodes[number].successors) {
      if (to === header) {
        meet(inRound, growth, isFirst)
        isFirst = false
      } else if (body.has(to)) {
        const known = atStart.get(to)
        if (known === undefined) atStart.set(to, growth.slice())
        else meet(known, growth, false)
      }
    }
  }
  return [...walks.values()]
    .map((walk) => ({ ...walk, stride: inRound[walk.register] }))
    .filter(({ stride, high, low }) => high - low <= MOST_SPAN && Math.abs(stride) <= MOST_SPAN / 2)
    .sort((a, b) => b.distances.size - a.distances.size)
}

/** Where ways meet, only that is known which is the same on both. */
function meet(known: Growth, other: Growth, isFirst: boolean): void {
  for (let i = 0; i < 32; i++) {
    if (isFirst) known[i] = other[i]
    else if (known[i] !== other[i]) known[i] = Number.NaN
  }
}

/** Notes the accesses of a node off registers of which is known how they grow, and what the node adds to these. */
function accessesOf({ block }: FlowNode, growth: Growth, walks: Map<number, Walk>): void {
  let offset = block.start
  for (const { access, decoded, writesX } of block.instructions) {
    const { rs1, rd, imm, base, length } = decoded
    if (access !== undefined && rs1 !== 0 && !Number.isNaN(growth[rs1])) {
      const distance = growth[rs1] + imm
      let walk = walks.get(rs1)
      if (walk === undefined) {
        walk = { register: rs1, stride: 0, distances: new Map(), low: distance, high: distance, kinds: 0 }
        walks.set(rs1, walk)
      }
      walk.distances.set(offset, distance)
      walk.low = Math.min(walk.low, distance)
      walk.high = Math.max(walk.high, distance + access.width)
      walk.kinds |= Looked[access.kind]
    }
    if (base.name === 'addi' && rd === rs1) growth[rd] += imm
    else if (writesX !== 0) growth[rd] = Number.NaN
    offset += length
  }
}

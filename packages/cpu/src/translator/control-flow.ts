import type { RegionInstruction } from './instruction-facts.ts'
import type { Block, Region } from './region.ts'

/** A block in the control flow of its region. Numbers are indices into {@link ControlFlow.nodes}: reverse postorder. */
export interface FlowNode {
  readonly block: Block
  /** Of each successor of the block, in order: its node, or -1 when the edge leaves the region. */
  readonly successors: readonly number[]
  /** The target of an edge backwards: a loop begins here. */
  readonly isHeader: boolean
  /** More than one edge forwards leads here. */
  readonly isMerge: boolean
  /** The nodes that this one immediately dominates. */
  readonly dominated: readonly number[]
}

/** The control flow of a region, without the edges that would make it irreducible: these leave it. */
export interface ControlFlow {
  readonly nodes: readonly FlowNode[]
}

/** Blocks that are reached from the entry, in reverse postorder. */
function order(region: Region, isCut: (from: number, to: number) => boolean): number[] {
  const postorder: number[] = []
  const seen = new Set([region.entry])
  const stack: { start: number; next: number }[] = [{ start: region.entry, next: 0 }]
  while (stack.length > 0) {
    const top = stack[stack.length - 1]
    const { successors } = region.blocks.get(top.start)!
    if (top.next === successors.length) {
      postorder.push(top.start)
      stack.pop()
      continue
    }
    const successor = successors[top.next++]
    if (!region.blocks.has(successor) || seen.has(successor) || isCut(top.start, successor)) continue
    seen.add(successor)
    stack.push({ start: successor, next: 0 })
  }
  return postorder.reverse()
}

/**
 * Immediate dominators by the iterative algorithm of Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm".
 *
 * @param predecessors - of each node, by reverse postorder.
 */
function immediateDominators(predecessors: readonly (readonly number[])[]): Int32Array {
  const dominators = new Int32Array(predecessors.length).fill(-1)
  dominators[0] = 0
  const common = (a: number, b: number): number => {
    let [one, other] = [a, b]
    while (one !== other) {
      if (one > other) one = dominators[one]
      else other = dominators[other]
    }
    return one
  }
  for (let changed = true; changed; ) {
    changed = false
    for (let node = 1; node < predecessors.length; node++) {
      let dominator = -1
      for (const predecessor of predecessors[node]) {
        if (dominators[predecessor] === -1) continue
        dominator = dominator === -1 ? predecessor : common(predecessor, dominator)
      }
      if (dominators[node] === dominator) continue
      dominators[node] = dominator
      changed = true
    }
  }
  return dominators
}

/** Analyses the control flow of a region. */
export function controlFlow(region: Region): ControlFlow {
  const cut = new Set<number>()
  const edge = (from: number, to: number) => from * 8192 + to
  const isCut = (from: number, to: number): boolean => cut.has(edge(from, to))
  for (;;) {
    const starts = order(region, isCut)
    const numbers = new Map(starts.map((start, number) => [start, number]))
    const blocks = starts.map((start) => region.blocks.get(start)!)
    const successors = blocks.map(({ start, successors }) =>
      successors.map((to) => (isCut(start, to) ? -1 : (numbers.get(to) ?? -1))),
    )
    const predecessors: number[][] = blocks.map(() => [])
    for (const [from, all] of successors.entries()) {
      for (const to of all) if (to !== -1) predecessors[to].push(from)
    }
    const dominators = immediateDominators(predecessors)
    const dominates = (one: number, other: number): boolean => {
      let node = other
      while (node > one) node = dominators[node]
      return node === one
    }
    const known = cut.size
    for (const [from, all] of successors.entries()) {
      for (const to of all) {
        if (to !== -1 && to <= from && !dominates(to, from)) cut.add(edge(starts[from], starts[to]))
      }
    }
    if (cut.size > known) continue
    const nodes = blocks.map((block, number): FlowNode => {
      const forward = predecessors[number].filter((from) => from < number)
      return {
        block,
        successors: successors[number],
        isHeader: predecessors[number].some((from) => from >= number),
        isMerge: forward.length > 1,
        dominated: [],
      }
    })
    for (let number = 1; number < nodes.length; number++) {
      ;(nodes[dominators[number]].dominated as number[]).push(number)
    }
    return { nodes }
  }
}

/** The last instruction of a block. */
export const lastOf = ({ instructions }: Block): RegionInstruction => instructions[instructions.length - 1]

/** Whether a block ends with a call. */
export const isCall = (block: Block): boolean => lastOf(block).transfer.endsWith('call')

/** Instructions that may be executed from each node until the steps left are looked at again: at a loop, or after a call. */
export function longestPaths({ nodes }: ControlFlow): Int32Array {
  const longest = new Int32Array(nodes.length)
  for (let number = nodes.length - 1; number >= 0; number--) {
    const { block, successors } = nodes[number]
    let rest = 0
    if (!isCall(block)) {
      for (const to of successors) if (to > number && !nodes[to].isHeader) rest = Math.max(rest, longest[to])
    }
    longest[number] = block.instructions.length + rest
  }
  return longest
}

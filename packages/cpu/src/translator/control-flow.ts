import type { RegionInstruction } from './instruction-facts.ts'
import { type Block, DISPATCHER, type Region } from './region.ts'

/** An edge by which a region that was entered in the middle reaches the place. */
export interface Resumption {
  /** The node: the place itself, or the header of the next loop around it. */
  readonly to: number
  /** Number of the place, when it is the node. */
  readonly index: number | undefined
  /** The places that are reached by this edge have numbers up to this, and above those of the edges before. */
  readonly last: number
}

/** A block in the control flow of its region. Numbers are indices into {@link ControlFlow.nodes}: reverse postorder. */
export interface FlowNode {
  readonly block: Block
  /** Of each successor of the block, in order: its node, or -1 when the edge leaves the region. */
  readonly successors: readonly number[]
  /** Where to go instead of executing the block, when the region was entered in the middle. Of the root and of loops. */
  readonly resumptions: readonly Resumption[]
  /** Goes to that one of its successors where the computed jump before it leads. Its block is empty. */
  readonly isDispatcher: boolean
  /** The target of an edge backwards: a loop begins here. */
  readonly isHeader: boolean
  /** More than one edge forwards leads here, or one from the dispatcher. */
  readonly isMerge: boolean
  /** The nodes that this one immediately dominates. */
  readonly dominated: readonly number[]
}

/** The control flow of a region, without the edges that would make it irreducible: these leave it. */
export interface ControlFlow {
  /** The first is the root, whose block is empty and followed by the entry's. */
  readonly nodes: readonly FlowNode[]
  /** The nodes of each loop, by its header, which is one of them. */
  readonly loops: ReadonlyMap<number, ReadonlySet<number>>
  /** Where the region can be entered, in bytes from the start of the page, by number: first where the graph begins. */
  readonly entries: readonly number[]
}

/** Stands for the root where nodes are named by the starts of their blocks. */
const ROOT = -1
/** Stands for what is no block of the region. */
const ELSEWHERE = -3

/** Edges by the starts of blocks. */
type Edges = ReadonlyMap<number, readonly number[]>

/** A graph whose nodes are numbered in reverse postorder. */
interface Graph {
  readonly starts: readonly number[]
  readonly numbers: ReadonlyMap<number, number>
  readonly predecessors: readonly (readonly number[])[]
  readonly dominators: Int32Array
}

function graphOf(edges: Edges): Graph {
  const starts = order(edges)
  const numbers = new Map(starts.map((start, number) => [start, number]))
  const predecessors: number[][] = starts.map(() => [])
  for (const [from, start] of starts.entries()) {
    for (const to of edges.get(start)!) predecessors[numbers.get(to)!].push(from)
  }
  return { starts, numbers, predecessors, dominators: immediateDominators(predecessors) }
}

/** Blocks that are reached from the root, in reverse postorder. */
function order(edges: Edges): number[] {
  const postorder: number[] = []
  const seen = new Set([ROOT])
  const stack: { start: number; next: number }[] = [{ start: ROOT, next: 0 }]
  while (stack.length > 0) {
    const top = stack[stack.length - 1]
    const successors = edges.get(top.start)!
    if (top.next === successors.length) {
      postorder.push(top.start)
      stack.pop()
      continue
    }
    const successor = successors[top.next++]
    if (seen.has(successor)) continue
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

/** The edges of a region without those that lead out of it, and a graph of them that is reducible. */
interface Shape {
  /** The block behind the root. */
  readonly entry: number
  readonly edges: Edges
  readonly graph: Graph
  /** Whether edges were cut. */
  readonly isCut: boolean
}

/**
 * Where a loop nest begins: the first place in the page that the region jumps back to. What is promoted is mostly the head
 * of the innermost loop. If the graph began there, all loops around it would be one loop with it.
 */
function startOfNest({ blocks, entry, computesJumps }: Region): number {
  let first = entry
  let isLoop = false
  for (const { start, successors } of blocks.values()) {
    for (const to of successors) {
      isLoop ||= to === entry
      if (to <= start && to < first && blocks.has(to)) first = to
    }
  }
  return isLoop && !computesJumps ? first : entry
}

function shapeOf(region: Region): Shape {
  const start = startOfNest(region)
  if (start !== region.entry) {
    const shape = reducible(region, start)
    if (!shape.isCut && shape.graph.starts.length === region.blocks.size + 1) return shape
  }
  return reducible(region, region.entry)
}

/** @param entry - the block where the graph begins. */
function reducible(region: Region, entry: number): Shape {
  const edges = new Map([[ROOT, [entry]]])
  if (region.targets.length > 0) edges.set(DISPATCHER, [...region.targets])
  const isInside = (to: number) => region.blocks.has(to) || edges.has(to)
  for (const { start, successors } of region.blocks.values()) edges.set(start, successors.filter(isInside))
  for (let wasCut = false; ; wasCut = true) {
    const graph = graphOf(edges)
    const { starts, numbers, dominators } = graph
    let isCut = false
    for (const [from, start] of starts.entries()) {
      const all = edges.get(start)!
      const kept = all.filter((to) => {
        const number = numbers.get(to)!
        return number > from || dominates(dominators, number, from)
      })
      if (kept.length === all.length) continue
      edges.set(start, kept)
      isCut = true
    }
    if (!isCut) return { entry, edges, graph, isCut: wasCut }
  }
}

function dominates(dominators: Int32Array, one: number, other: number): boolean {
  let node = other
  while (node > one) node = dominators[node]
  return node === one
}

/** The nodes of each loop, by its header; the header is one of them. */
function loopsOf({ predecessors }: Graph): Map<number, ReadonlySet<number>> {
  const loops = new Map<number, ReadonlySet<number>>()
  for (const [header, before] of predecessors.entries()) {
    const body = new Set(before.filter((from) => from >= header))
    if (body.size === 0) continue
    body.add(header)
    for (const node of body) if (node !== header) for (const from of predecessors[node]) body.add(from)
    loops.set(header, body)
  }
  return loops
}

/** The tree of edges by which places in the middle of a region are reached: by node, from the root. */
class Resumptions {
  readonly next = new Map<number, Set<number>>()
  readonly places = new Set<number>()

  /** @param places - starts of blocks. @param graph - without the edges of the tree. */
  constructor(
    places: Iterable<number>,
    { starts, numbers }: Graph,
    loops: ReadonlyMap<number, ReadonlySet<number>>,
  ) {
    for (const place of places) {
      const node = numbers.get(place)
      if (node === undefined) continue
      this.places.add(place)
      // Loops nest, so the larger ones are outside; their headers come first in the order as well.
      const around = [...loops].filter(([header, body]) => header !== node && body.has(node))
      let from = ROOT
      for (const to of [...around.map(([header]) => header).sort((a, b) => a - b), node]) {
        this.#add(from, starts[to])
        from = starts[to]
      }
    }
  }

  #add(from: number, to: number): void {
    const known = this.next.get(from)
    if (known === undefined) this.next.set(from, new Set([to]))
    else known.add(to)
  }

  /** Numbers the places depth first. */
  number(
    entry: number,
    nodeOf: (start: number) => number,
  ): { entries: number[]; byNode: Map<number, Resumption[]> } {
    const entries = [entry]
    const byNode = new Map<number, Resumption[]>()
    const visit = (start: number): void => {
      const edges: Resumption[] = []
      for (const to of this.next.get(start) ?? []) {
        const index = this.places.has(to) ? entries.push(to) - 1 : undefined
        visit(to)
        edges.push({ to: nodeOf(to), index, last: entries.length - 1 })
      }
      if (edges.length > 0) byNode.set(nodeOf(start), edges)
    }
    visit(ROOT)
    return { entries, byNode }
  }
}

/**
 * Analyses the control flow of a region, which can be entered at its entry, at every loop, and where its calls return to:
 * there the interpreter hands over to it again after it was left.
 */
export function controlFlow(region: Region): ControlFlow {
  const { entry, edges, graph } = shapeOf(region)
  const loops = loopsOf(graph)
  const places = new Set([...loops.keys()].map((header) => graph.starts[header]))
  for (const start of graph.starts) {
    const block = region.blocks.get(start)
    if (block !== undefined && isCall(block)) for (const to of edges.get(start)!) places.add(to)
  }
  for (const target of edges.get(DISPATCHER) ?? []) places.add(target)
  places.add(region.entry)
  places.delete(DISPATCHER)
  places.delete(entry)
  const resumptions = new Resumptions(places, graph, loops)
  const all = new Map(
    [...edges].map(([start, to]) => [start, [...to, ...(resumptions.next.get(start) ?? [])]]),
  )
  const { starts, numbers, predecessors, dominators } = graphOf(all)
  const { entries, byNode } = resumptions.number(entry, (start) => numbers.get(start)!)
  const empty = (start: number, successors: readonly number[]): Block => {
    return { start, end: start, instructions: [], successors, stops: false }
  }
  const root = empty(entry, [entry])
  const dispatcher = empty(DISPATCHER, [...region.targets, ELSEWHERE])
  const dispatching = numbers.get(DISPATCHER)
  const nodes = starts.map((start, number): FlowNode => {
    const isDispatcher = start === DISPATCHER
    const block = isDispatcher ? dispatcher : start === ROOT ? root : region.blocks.get(start)!
    const forwards = predecessors[number].filter((from) => from < number)
    const kept = edges.get(start)!
    return {
      block,
      successors: block.successors.map((to) => (kept.includes(to) ? numbers.get(to)! : -1)),
      resumptions: byNode.get(number) ?? [],
      isDispatcher,
      isHeader: predecessors[number].some((from) => from >= number),
      isMerge: forwards.length > 1 || (dispatching !== undefined && forwards[0] === dispatching),
      dominated: [],
    }
  })
  for (let number = 1; number < nodes.length; number++) {
    ;(nodes[dominators[number]].dominated as number[]).push(number)
  }
  const renumbered = (number: number): number => numbers.get(graph.starts[number])!
  return {
    nodes,
    loops: new Map(
      [...loops].map(([header, body]) => [renumbered(header), new Set([...body].map(renumbered))]),
    ),
    entries,
  }
}

/** The last instruction of a block that is not the root's. */
export const lastOf = ({ instructions }: Block): RegionInstruction => instructions[instructions.length - 1]

/** Whether a block ends with a call. */
export const isCall = (block: Block): boolean =>
  block.instructions.length > 0 && lastOf(block).transfer.endsWith('call')

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

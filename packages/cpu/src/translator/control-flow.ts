import type { RegionInstruction } from './instruction-facts.ts'
import { type Block, DISPATCHER, emptyBlock, type Region } from './region.ts'

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
  /** The nodes that this one immediately dominates, in order. */
  readonly dominated: readonly number[]
  /** Those of them that are merges. */
  readonly merges: readonly number[]
}

/** A node while the nodes behind it are being made. */
interface MutableNode extends FlowNode {
  dominated: readonly number[]
  merges: readonly number[]
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

/**
 * Successors of blocks, in order; -1 when an edge leaves the region. Blocks are known by the order of the region here:
 * first the root, then the region's, and last the dispatcher's.
 */
type Edges = readonly number[][]

const ROOT = 0
const none: readonly never[] = []

/** A graph whose nodes are numbered in reverse postorder. */
interface Graph {
  /** The block of each node. */
  readonly blocks: readonly number[]
  /** The node of each block; -1 when it is not reached. */
  readonly numbers: readonly number[]
  readonly predecessors: Predecessors
  readonly dominators: readonly number[]
}

/** The nodes from which edges lead to each node, one after the other: an array for each would be most of what is allocated. */
interface Predecessors {
  readonly nodes: readonly number[]
  /** Where those of each node begin, and behind the last node where they all end. */
  readonly starts: readonly number[]
}

/** Not a typed array: one of more than 64 bytes is not on V8's own heap, and takes longer to make than to fill. */
const filled = (length: number, value: number): number[] => new Array<number>(length).fill(value)

function graphOf(edges: Edges): Graph {
  const blocks = order(edges)
  const numbers = filled(edges.length, -1)
  for (let number = 0; number < blocks.length; number++) numbers[blocks[number]] = number
  const predecessors = predecessorsOf(edges, blocks, numbers)
  return { blocks, numbers, predecessors, dominators: immediateDominators(predecessors) }
}

function predecessorsOf(edges: Edges, blocks: readonly number[], numbers: readonly number[]): Predecessors {
  const starts = filled(blocks.length + 1, 0)
  for (let from = 0; from < blocks.length; from++) {
    const successors = edges[blocks[from]]
    for (let i = 0; i < successors.length; i++) if (successors[i] !== -1) starts[numbers[successors[i]]]++
  }
  // First where those of each node end, which is where they begin when all are there.
  for (let node = 1; node < starts.length; node++) starts[node] += starts[node - 1]
  const nodes = filled(starts[blocks.length], 0)
  for (let from = blocks.length - 1; from >= 0; from--) {
    const successors = edges[blocks[from]]
    for (let i = successors.length - 1; i >= 0; i--) {
      if (successors[i] !== -1) nodes[--starts[numbers[successors[i]]]] = from
    }
  }
  return { nodes, starts }
}

/** Blocks that are reached from the root, in reverse postorder. */
function order(edges: Edges): number[] {
  const postorder: number[] = []
  const seen = filled(edges.length, 0)
  /** How many successors of a block were looked at. */
  const looked = filled(edges.length, 0)
  const stack = [ROOT]
  seen[ROOT] = 1
  while (stack.length > 0) {
    const block = stack[stack.length - 1]
    const successors = edges[block]
    if (looked[block] === successors.length) {
      postorder.push(block)
      stack.pop()
      continue
    }
    const successor = successors[looked[block]++]
    if (successor === -1 || seen[successor] === 1) continue
    seen[successor] = 1
    stack.push(successor)
  }
  return postorder.reverse()
}

/**
 * Immediate dominators by the iterative algorithm of Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm".
 *
 * @param predecessors - of each node, by reverse postorder.
 */
function immediateDominators({ nodes, starts }: Predecessors): number[] {
  const dominators = filled(starts.length - 1, -1)
  dominators[0] = 0
  for (let changed = true; changed; ) {
    changed = false
    for (let node = 1; node < dominators.length; node++) {
      let dominator = -1
      for (let i = starts[node]; i < starts[node + 1]; i++) {
        const predecessor = nodes[i]
        if (dominators[predecessor] === -1) continue
        if (dominator === -1) dominator = predecessor
        for (let other = predecessor; other !== dominator; ) {
          if (other > dominator) other = dominators[other]
          else dominator = dominators[dominator]
        }
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
  /** Start of the block behind the root. */
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

/** @param indices - of blocks, by their starts. */
function edgesOf({ blocks, targets }: Region, indices: ReadonlyMap<number, number>): number[][] {
  const edges: number[][] = [[]]
  const indexOf = (start: number): number => indices.get(start) ?? -1
  for (const { successors } of blocks.values()) edges.push(mapped(successors, indexOf))
  if (targets.length > 0) {
    const known = mapped(targets, indexOf)
    // What is no target comes last.
    known.push(-1)
    edges.push(known)
  }
  return edges
}

/**
 * As `map` does. But V8's compiled code makes arrays of another kind of that than its interpreter does, and whatever reads
 * both has to be compiled again.
 */
function mapped(numbers: readonly number[], to: (number: number) => number): number[] {
  const result = numbers.slice()
  for (let i = 0; i < result.length; i++) result[i] = to(result[i])
  return result
}

function shapeOf(region: Region, indices: ReadonlyMap<number, number>): Shape {
  const edges = edgesOf(region, indices)
  const start = startOfNest(region)
  if (start !== region.entry) {
    const shape = reducible(edges, start, indices)
    if (!shape.isCut && shape.graph.blocks.length === region.blocks.size + 1) return shape
  }
  return reducible(edges, region.entry, indices)
}

/** @param entry - start of the block where the graph begins. */
function reducible(whole: Edges, entry: number, indices: ReadonlyMap<number, number>): Shape {
  const edges = whole.slice()
  edges[ROOT] = [indices.get(entry)!]
  for (let isCut = false; ; isCut = true) {
    const graph = graphOf(edges)
    if (!cutEntrances(edges, graph)) return { entry, edges, graph, isCut }
  }
}

/** Cuts the edges backwards to nodes that do not dominate where they begin. @returns whether there were any. */
function cutEntrances(edges: number[][], { blocks, numbers, dominators }: Graph): boolean {
  let isCut = false
  for (let from = 0; from < blocks.length; from++) {
    const block = blocks[from]
    const successors = edges[block]
    for (let i = 0; i < successors.length; i++) {
      const to = successors[i]
      if (to === -1 || numbers[to] > from || dominates(dominators, numbers[to], from)) continue
      // Other edges may have to be found by the whole.
      if (edges[block] === successors) edges[block] = successors.slice()
      edges[block][i] = -1
      isCut = true
    }
  }
  return isCut
}

function dominates(dominators: readonly number[], one: number, other: number): boolean {
  let node = other
  while (node > one) node = dominators[node]
  return node === one
}

/** The nodes of each loop, by its header; the header is one of them. */
function loopsOf({ predecessors: { nodes, starts } }: Graph): Map<number, ReadonlySet<number>> {
  const loops = new Map<number, ReadonlySet<number>>()
  for (let header = 0; header < starts.length - 1; header++) {
    let body: Set<number> | undefined
    for (let i = starts[header]; i < starts[header + 1]; i++) {
      if (nodes[i] >= header) body = (body ?? new Set()).add(nodes[i])
    }
    if (body === undefined) continue
    body.add(header)
    for (const node of body) {
      if (node !== header) for (let i = starts[node]; i < starts[node + 1]; i++) body.add(nodes[i])
    }
    loops.set(header, body)
  }
  return loops
}

/** The tree of edges by which places in the middle of a region are reached: of blocks, from the root. */
class Resumptions {
  readonly next = new Map<number, number[]>()
  readonly #places: ReadonlySet<number>

  /** @param places - blocks. @param graph - without the edges of the tree. */
  constructor(
    places: ReadonlySet<number>,
    { blocks, numbers }: Graph,
    loops: ReadonlyMap<number, ReadonlySet<number>>,
  ) {
    this.#places = places
    for (const place of places) {
      const node = numbers[place]
      if (node === -1) continue
      // Loops nest, and their headers come in the order of nodes: the outer ones first.
      let from = ROOT
      for (const [header, body] of loops) {
        if (header === node || !body.has(node)) continue
        this.#add(from, blocks[header])
        from = blocks[header]
      }
      this.#add(from, place)
    }
  }

  #add(from: number, to: number): void {
    const known = this.next.get(from)
    if (known === undefined) this.next.set(from, [to])
    else if (!known.includes(to)) known.push(to)
  }

  /** Numbers the places depth first. @returns where the region can be entered, as blocks; and the edges by node. */
  number(entry: number, numbers: readonly number[]): { entries: number[]; byNode: Resumption[][] } {
    const entries = [entry]
    const byNode: Resumption[][] = []
    const visit = (block: number): void => {
      const edges: Resumption[] = []
      for (const to of this.next.get(block) ?? none) {
        const index = this.#places.has(to) ? entries.push(to) - 1 : undefined
        visit(to)
        edges.push({ to: numbers[to], index, last: entries.length - 1 })
      }
      if (edges.length > 0) byNode[numbers[block]] = edges
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
  const blocks = [emptyBlock(region.entry, none), ...region.blocks.values()]
  const indices = new Map<number, number>()
  for (let index = 1; index < blocks.length; index++) indices.set(blocks[index].start, index)
  const dispatcher = region.targets.length > 0 ? blocks.length : -1
  if (dispatcher !== -1) {
    indices.set(DISPATCHER, dispatcher)
    blocks.push(emptyBlock(DISPATCHER, region.targets))
  }
  const { entry, edges, graph } = shapeOf(region, indices)
  const first = indices.get(entry)!
  const loops = loopsOf(graph)
  const places = new Set<number>()
  for (const header of loops.keys()) places.add(graph.blocks[header])
  for (const block of graph.blocks) {
    if (blocks[block].isCall) for (const to of edges[block]) places.add(to)
  }
  if (dispatcher !== -1) for (const to of edges[dispatcher]) places.add(to)
  places.add(indices.get(region.entry)!)
  for (const place of [-1, dispatcher, first]) places.delete(place)
  const resumptions = new Resumptions(places, graph, loops)
  const resumed = places.size === 0 ? graph : graphOf(withResumptions(edges, resumptions.next))
  const {
    numbers,
    predecessors: { nodes: before, starts },
    dominators,
  } = resumed
  const { entries, byNode } = resumptions.number(first, numbers)
  const dispatching = dispatcher === -1 ? -1 : numbers[dispatcher]
  const numberOf = (block: number): number => (block === -1 ? -1 : numbers[block])
  const nodes: MutableNode[] = []
  for (let number = 0; number < resumed.blocks.length; number++) {
    const block = resumed.blocks[number]
    let forwards = 0
    let isHeader = false
    for (let i = starts[number]; i < starts[number + 1]; i++) {
      if (before[i] >= number) isHeader = true
      else forwards += before[i] === dispatching ? 2 : 1
    }
    const node: MutableNode = {
      block: blocks[block],
      successors: mapped(edges[block], numberOf),
      resumptions: byNode[number] ?? none,
      isDispatcher: block === dispatcher,
      isHeader,
      isMerge: forwards > 1,
      dominated: none,
      merges: none,
    }
    nodes.push(node)
    if (number === 0) continue
    const dominator = nodes[dominators[number]]
    dominator.dominated = [...dominator.dominated, number]
    if (node.isMerge) dominator.merges = [...dominator.merges, number]
  }
  return {
    nodes,
    loops: renumbered(loops, graph, numbers),
    entries: mapped(entries, (block) => blocks[block].start),
  }
}

function withResumptions(edges: Edges, next: ReadonlyMap<number, readonly number[]>): number[][] {
  const all = edges.slice()
  for (const [block, further] of next) all[block] = [...all[block], ...further]
  return all
}

/** Loops by the numbers that another graph gives the blocks. */
function renumbered(
  loops: ReadonlyMap<number, ReadonlySet<number>>,
  { blocks }: Graph,
  numbers: readonly number[],
): Map<number, ReadonlySet<number>> {
  const result = new Map<number, ReadonlySet<number>>()
  for (const [header, body] of loops) {
    const nodes = new Set<number>()
    for (const node of body) nodes.add(numbers[blocks[node]])
    result.set(numbers[blocks[header]], nodes)
  }
  return result
}

/** The last instruction of a block that is not the root's. */
export const lastOf = ({ instructions }: Block): RegionInstruction => instructions[instructions.length - 1]

/** Instructions that may be executed from each node until the steps left are looked at again: at a loop, or after a call. */
export function longestPaths({ nodes }: ControlFlow): readonly number[] {
  const longest = filled(nodes.length, 0)
  for (let number = nodes.length - 1; number >= 0; number--) {
    const { block, successors } = nodes[number]
    let rest = 0
    if (!block.isCall) {
      for (let i = 0; i < successors.length; i++) {
        const to = successors[i]
        if (to > number && !nodes[to].isHeader && longest[to] > rest) rest = longest[to]
      }
    }
    longest[number] = block.instructions.length + rest
  }
  return longest
}

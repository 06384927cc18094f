import type { Code } from '@worldswitch/wasm'
import type { ControlFlow } from './control-flow.ts'
import type { LoopPlan, Stream } from './loop-plans.ts'
import { GENERATION, PageMemories, PageMemory } from './region-links.ts'

/** Where a region keeps the pages in which its accesses were the last time: linear addresses. */
export class RememberedPages {
  /** Of accesses, by the offset of the instruction. */
  readonly accesses = new Map<number, number>()
  readonly streams = new Map<Stream, number>()
  readonly #all: number | undefined

  /**
   * Gives streams their places, and then other accesses in loops, those of the smallest loops first.
   *
   * @param plans - of all loops, the smallest ones first.
   * @param all - linear address of the region's {@link PageMemories}; undefined when there is no room for them.
   */
  constructor({ nodes, loops }: ControlFlow, plans: ReadonlyMap<number, LoopPlan>, all: number | undefined) {
    this.#all = all
    if (all === undefined) return
    let count = 0
    const take = (): number => all + PageMemories.first + count++ * PageMemory.size
    const streamed = new Set<number>()
    for (const { streams } of plans.values()) {
      for (const stream of streams) {
        this.streams.set(stream, take())
        for (const offset of stream.distances.keys()) streamed.add(offset)
      }
    }
    for (const header of plans.keys()) {
      for (const number of loops.get(header)!) {
        const { start, instructions } = nodes[number].block
        let next = start
        for (const { access, decoded } of instructions) {
          const offset = next
          next += decoded.length
          if (access === undefined || streamed.has(offset) || this.accesses.has(offset)) continue
          if (count === PageMemories.most) return
          this.accesses.set(offset, take())
        }
      }
    }
  }

  /** Forgets what was remembered in another generation: at the region's start, and where others have come back to it. */
  forgetOld(code: Code): void {
    const memories = [...this.streams.values(), ...this.accesses.values()]
    if (this.#all === undefined || memories.length === 0) return
    const seen = this.#all + PageMemories.seen
    const generation = code.local('i64')
    code.i32Const(0)
    code.i64Load(GENERATION)
    code.localTee(generation)
    code.i32Const(0)
    code.i64Load(seen)
    code.i64Ne()
    code.if('empty', () => {
      code.i32Const(0)
      code.localGet(generation)
      code.i64Store(seen)
      for (const memory of memories) {
        code.i32Const(0)
        code.i32Const(0)
        code.i32Store(memory + PageMemory.limit)
      }
    })
    code.release(generation)
  }
}

/** Has all regions forget the pages that they remember, since the TLB may change. */
export function forgetPages(code: Code): void {
  code.i32Const(0)
  code.i32Const(0)
  code.i64Load(GENERATION)
  code.i64Const(1)
  code.i64Add()
  code.i64Store(GENERATION)
}

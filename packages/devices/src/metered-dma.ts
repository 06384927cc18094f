import type { DmaMemory } from './device.ts'

/** Bytes of a line. */
const LINE = 64

/**
 * Memory whose accesses are counted, in lines of 64 bytes as caches have them: one that is begun counts, and so does an
 * access that is refused.
 *
 * @param moved - called before each access, with the lines that it takes.
 */
export function meteredDma(memory: DmaMemory, moved: (lines: number) => void): DmaMemory {
  return {
    read(address, target) {
      moved(Math.ceil(target.length / LINE))
      return memory.read(address, target)
    },
    write(address, source) {
      moved(Math.ceil(source.length / LINE))
      return memory.write(address, source)
    },
  }
}

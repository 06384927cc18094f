import type { EngineName } from '../../src/index.ts'
import { board } from '../../test/board.ts'

/** Pages that hold functions. */
const PAGES = 128

/**
 * Writes one function after the other, each of random instructions at a random place, and calls it: `s0` functions,
 * each `s1` times around its loop. `s2` is the state of the random numbers.
 */
const PROGRAM = `
  la t0, functions
  mv s3, t0
  li s4, 0x5851f42d4c957f2d
  li s5, 1442695
next:
  mul s2, s2, s4         # a place: 64-byte steps in ${PAGES} pages
  add s2, s2, s5
  srli t1, s2, 33
  li t2, ${PAGES * 64 - 8}
  remu t1, t1, t2
  slli t1, t1, 6
  add s6, s3, t1
  mv t3, s6
  li t4, 24              # instructions: OP-IMM but shifts, on a0 to a3
write:
  mul s2, s2, s4
  add s2, s2, s5
  srli t1, s2, 32
  li t2, 0xfff1c180      # immediate, rs1 and rd below 4, bit 2 of funct3
  and t1, t1, t2
  li t2, 0x00050513
  or t1, t1, t2
  sw t1, 0(t3)
  addi t3, t3, 4
  addi t4, t4, -1
  bnez t4, write
  li t1, 0xfff28293      # addi t0, t0, -1
  sw t1, 0(t3)
  li t1, 0xf8029ee3      # bnez t0, -100
  sw t1, 4(t3)
  li t1, 0x00008067      # ret
  sw t1, 8(t3)
  fence.i
  mv t0, s1
  jalr ra, 0(s6)
  addi s0, s0, -1
  bnez s0, next
done:
  j done
.balign 4096
functions:
`

/** A guest whose code never stays the same. */
export interface ChangingCode {
  /** What holds it. */
  readonly hart: ReturnType<typeof board>['hart']
  /** Runs for a while, a million steps or so. */
  run(): void
}

/**
 * Makes a guest that writes functions and calls them, forever.
 *
 * @param rounds - how often each goes around its loop.
 */
export function changingCode(engine: EngineName, rounds: number): ChangingCode {
  const { hart } = board(PROGRAM, { engine, sizes: { codePages: 256 } })
  const { pc } = hart
  const batch = Math.max(1, Math.floor(1_000_000 / (26 * rounds + 300)))
  let seed = 1n
  return {
    hart,
    run() {
      hart.pc = pc
      hart.writeX(8, BigInt(batch))
      hart.writeX(9, BigInt(rounds))
      hart.writeX(18, seed)
      hart.run(batch * (27 * rounds + 400) + 10_000)
      if (hart.readX(8) !== 0n) throw new Error('the functions did not all run')
      seed = hart.readX(18)
    },
  }
}

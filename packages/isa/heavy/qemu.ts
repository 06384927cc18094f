import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assemble } from '../src/assembler/assemble.ts'
import type { Privilege } from '../src/semantics.ts'
import { type Vector, vectorCode } from '../src/vectors/index.ts'
import { Bench, levels } from '../test/evaluator-bench.ts'

/** What a vector left behind. */
export interface Outcome {
  readonly cause: bigint
  readonly tval: bigint
  readonly pc: bigint
  /** 32, the first of them 0. */
  readonly x: readonly bigint[]
  readonly data: readonly bigint[]
}

const words = 42

/** Runs vectors on QEMU, each in its mode, all in one boot. */
export function onQemu(cases: readonly (readonly [Vector, Privilege])[]): Outcome[] {
  const folder = mkdtempSync(join(tmpdir(), 'isa-qemu-'))
  try {
    const entries = cases.map(([vector, mode]) => entry(vector, mode))
    writeFileSync(join(folder, 'vectors.bin'), Buffer.concat(entries))
    const source = new URL('qemu.S', import.meta.url).pathname
    const options = [
      '-nostdlib',
      '-static',
      '-march=rv64imac_zicsr_zifencei',
      '-mabi=lp64',
      '-Wl,--build-id=none',
    ]
    const layout = ['-Wl,-Ttext=0x80000000', '-Wl,-Tdata=0x80100000']
    execFileSync('riscv64-linux-gnu-gcc', [...options, ...layout, '-I', folder, '-o', 'vectors', source], {
      cwd: folder,
    })
    const machine = [
      '-M',
      'virt',
      '-cpu',
      'rv64',
      '-m',
      '64',
      '-bios',
      'none',
      '-display',
      'none',
      '-monitor',
      'none',
    ]
    execFileSync('qemu-system-riscv64', [...machine, '-serial', 'file:out', '-kernel', 'vectors'], {
      cwd: folder,
      timeout: 120_000,
    })
    const output = readFileSync(join(folder, 'out'))
    return cases.map((_, i) => outcome(output.subarray(8 * words * i, 8 * words * (i + 1))))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function entry(vector: Vector, mode: Privilege): Buffer {
  const { bytes } = assemble(vector.code, { origin: vectorCode })
  const bench = new Bench(mode)
  bench.prepare(vector)
  const buffer = Buffer.alloc(16 + 64 + 64 + 31 * 8)
  buffer.writeBigUInt64LE(BigInt(levels[mode]), 0)
  buffer.writeBigUInt64LE(BigInt(bytes.length), 8)
  buffer.set(bytes, 16)
  buffer.set(bench.bytes, 80)
  for (let i = 1; i < 32; i++) buffer.writeBigUInt64LE(bench.x[i]!, 144 + 8 * (i - 1))
  return buffer
}

function outcome(raw: Buffer): Outcome {
  const at = (index: number) => raw.readBigUInt64LE(8 * index)
  return {
    cause: at(0),
    tval: at(1),
    pc: at(2),
    x: [0x5a5a_0000n, ...Array.from({ length: 31 }, (_, i) => at(3 + i))],
    data: Array.from({ length: 8 }, (_, i) => at(34 + i)),
  }
}

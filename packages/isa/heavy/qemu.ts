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
  /** `mstatus.FS` */
  readonly floatStatus: bigint
  readonly fcsr: bigint
  /** 32 */
  readonly f: readonly bigint[]
}

const words = 76

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
      '-march=rv64imafdc_zicsr_zifencei',
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
      'rv64,svinval=on',
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
      timeout: 300_000,
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
  const buffer = Buffer.alloc(160 + 31 * 8 + 32 * 8)
  buffer.writeBigUInt64LE(BigInt(levels[mode]), 0)
  buffer.writeBigUInt64LE(BigInt(bytes.length), 8)
  buffer.set(bytes, 16)
  buffer.set(bench.bytes, 80)
  buffer.writeBigUInt64LE(BigInt(bench.floatStatus), 144)
  buffer.writeBigUInt64LE(BigInt(bench.fcsr), 152)
  for (let i = 1; i < 32; i++) buffer.writeBigUInt64LE(bench.x[i]!, 160 + 8 * (i - 1))
  for (let i = 0; i < 32; i++) buffer.writeBigUInt64LE(bench.f[i]!, 408 + 8 * i)
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
    floatStatus: (at(42) >> 13n) & 3n,
    fcsr: at(43),
    f: Array.from({ length: 32 }, (_, i) => at(44 + i)),
  }
}

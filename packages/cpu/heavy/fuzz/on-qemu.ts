import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Batch } from './image.ts'
import { BASE } from './layout.ts'
import { RAM } from './on-hart.ts'
import { type Outcome, outcomes } from './record.ts'

/** Seconds after which a run hangs: a batch takes one or two. */
const LIMIT = 30

/**
 * Runs a batch on QEMU's `virt` machine, without firmware. A program that hangs is left out, and the ones behind it
 * are run without it.
 *
 * @throws Error when QEMU is not there or does not start.
 */
export function onQemu(batch: Batch): { found: readonly Outcome[]; hung: readonly number[] } {
  const found: Outcome[] = []
  const hung: number[] = []
  const done = new Set<number>()
  for (;;) {
    for (const outcome of outcomes(batch, run(batch, done))) {
      found.push(outcome)
      done.add(outcome.index)
    }
    const next = batch.programs.findIndex((_, i) => !done.has(i) && !batch.leftOut.has(i))
    if (next === -1) return { found, hung }
    hung.push(next)
    done.add(next)
  }
}

function run(batch: Batch, without: ReadonlySet<number>): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'cpu-fuzz-'))
  try {
    writeFileSync(join(folder, 'image'), batch.image(without))
    const board = ['-M', 'virt', '-cpu', batch.machine.cpu, '-m', `${RAM >> 20}`, '-bios', 'none']
    const quiet = ['-display', 'none', '-monitor', 'none', '-serial', 'file:out']
    const image = ['-device', `loader,file=image,addr=0x${BASE.toString(16)},force-raw=on`]
    const { status, error, stderr } = spawnSync('qemu-system-riscv64', [...board, ...quiet, ...image], {
      cwd: folder,
      timeout: LIMIT * 1000,
    })
    if (status !== 0 && status !== null) throw new Error(`QEMU ended with status ${status}: ${stderr}`)
    if (error !== undefined && !error.message.includes('ETIMEDOUT')) throw error
    return readFileSync(join(folder, 'out'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

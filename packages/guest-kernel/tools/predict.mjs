import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const hostFlags = ['-O2', '-std=gnu11', '-w']
const stages = ['make-scan', 'make-emit', 'make-link']

/**
 * Compiles the workloads for this machine, runs them, and returns the table: name, texts, operations per scale and
 * the checksum at each scale.
 *
 * @param files names of the C sources in workloads/ that have workloads in them
 * @param inputs sources that the guest's /src has
 */
export const predict = ({ root, work, files, inputs }) => {
  const folder = join(work, 'host')
  for (const sub of ['dev', 'tmp', 'src']) mkdirSync(join(folder, sub), { recursive: true })
  writeFileSync(join(folder, 'dev/disk'), '')
  for (const [name, path] of Object.entries(inputs)) copyFileSync(join(root, path), join(folder, 'src', name))

  const includes = ['include', 'workloads', 'user/library'].map((name) => `-I${join(root, name)}`)
  const guest = [...hostFlags, '-ffreestanding', ...includes, '-include', join(root, 'tools/host/names.h')]
  const object = (name, flags, source) => {
    const output = join(folder, `${name}.o`)
    execFileSync('gcc', [...flags, '-c', join(root, source), '-o', output])
    return output
  }
  const objects = [
    object('host', hostFlags, 'tools/host/host.c'),
    object('predict', [...hostFlags, '-ffreestanding', ...includes], 'tools/host/predict.c'),
    object('registers', guest, 'kernel/registers.c'),
    ...files.map((file) => object(file, guest, `workloads/${file}.c`)),
    ...stages.map((stage) =>
      object(stage, [...guest, `-Dmain=${stage.replace('-', '_')}_main`], `workloads/stages/${stage}.c`),
    ),
  ]
  const program = join(folder, 'predict')
  execFileSync('gcc', [...objects, '-o', program])
  return JSON.parse(execFileSync(program, { cwd: folder, encoding: 'utf8' }))
}

/** The C header that bench compares with. */
export const checksumHeader = (table) =>
  [
    '#pragma once',
    '#include "workload.h"',
    'static const u64 expected_checksums[][SCALE_MAX] = {',
    ...table.map(
      ({ name, checksums }) => `  {${checksums.map((sum) => `0x${sum}UL`).join(', ')}}, /* ${name} */`,
    ),
    '};',
    '',
  ].join('\n')

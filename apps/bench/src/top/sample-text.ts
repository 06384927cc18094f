import { type ExitKind, exitKinds } from '@worldswitch/hypervisor'
import colors from 'picocolors'
import { plainTable } from '../plain-table.ts'
import { shortCount } from '../short-names.ts'
import type { Sample, VmSample } from './sample.ts'

const perSecond = (count: number, seconds: number): string =>
  seconds === 0 ? '·' : shortCount(Math.round(count / seconds))

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0)
const exitsOf = ({ exits }: VmSample): number => sum(Object.values(exits))
const percent = (share: number): string => `${Math.round(share * 100)} %`

/** A line for each virtual machine, for logs: all that is not zero, per second. */
export const sampleLines = ({ time, seconds, vms }: Sample): string =>
  vms
    .map((vm) => {
      const kinds = exitKinds
        .filter((kind) => vm.exits[kind] > 0)
        .map((kind) => ` ${kind} ${perSecond(vm.exits[kind], seconds)}`)
      const rates = `${perSecond(vm.instructions, seconds)} instructions/s, ${perSecond(exitsOf(vm), seconds)} exits/s`
      const about = `${time.toFixed(3)} ${vm.name} ${vm.strategy} ${vm.state} ${percent(vm.share)}`
      return `${about} ${rates}${kinds.length === 0 ? '' : `:${kinds.join(',')}`}\n`
    })
    .join('')

/** Columns for the name of a kind, and for each machine behind it. */
const KIND_WIDTH = 18
const VM_WIDTH = 8

/**
 * Two tables: a row for each virtual machine; and, for as many of them as fit, exits by kind, with a row for each kind
 * that was ever seen: rows stay.
 *
 * @param seen - kinds to show, to which this adds those of the sample.
 * @param columns - width of the terminal.
 */
export function sampleTables({ time, seconds, vms }: Sample, seen: Set<ExitKind>, columns: number): string {
  for (const kind of exitKinds) if (vms.some((vm) => vm.exits[kind] > 0)) seen.add(kind)
  const machines = plainTable(['', 'strategy', 'state', 'hart', 'instructions', 'exits'], 3)
  for (const vm of vms) {
    machines.push([
      colors.bold(vm.name),
      vm.strategy,
      vm.state,
      percent(vm.share),
      perSecond(vm.instructions, seconds),
      perSecond(exitsOf(vm), seconds),
    ])
  }
  const shown = vms.slice(0, Math.max(1, Math.floor((columns - KIND_WIDTH) / VM_WIDTH)))
  const kinds = plainTable(['exits by kind', ...shown.map(({ name }) => name.padStart(VM_WIDTH - 2))], 1)
  for (const kind of exitKinds) {
    if (seen.has(kind)) kinds.push([kind, ...shown.map((vm) => perSecond(vm.exits[kind], seconds))])
  }
  const busy = percent(sum(vms.map(({ share }) => share)))
  const head = `${vms.length} virtual machine${vms.length === 1 ? '' : 's'} on one hart, ${busy} busy, up ${time.toFixed(1)} s; counts per second of its clock`
  return `${head}\n\n${machines.toString()}\n\n${kinds.toString()}`
}

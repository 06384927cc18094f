import { runVms } from '@worldswitch/hypervisor'
import { POWEROFF, strategyKit } from '@worldswitch/strategy-tests'
import type { Controls } from '../src/controls.ts'
import { createHardwareAssisted } from '../src/hardware-assisted.ts'

/** Runs a program to its end; the exits that it took, those that did not happen left out, and what it printed. */
export function exitsOf(
  program: string,
  controls: Partial<Controls> = {},
): { readonly exits: Record<string, number>; readonly text: string } {
  const { smallHost, guest } = strategyKit(createHardwareAssisted(controls))
  const host = smallHost()
  const { vm, text } = guest(host, `${program}\n${POWEROFF}`)
  const end = runVms(host, [vm], { cycles: 20_000_000 })
  if (end !== 'ended' || vm.ended?.reason !== 'poweroff') throw new Error(`${end}: ${text()}`)
  const exits = Object.fromEntries(Object.entries(vm.ledger.totals().exits).filter(([, count]) => count > 0))
  return { exits, text: text() }
}

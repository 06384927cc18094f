import { type WorkloadName, workloads } from '@worldswitch/guest-kernel'
import { exitKinds } from '@worldswitch/hypervisor'
import type { GuestImage, SubjectMaker } from './subject.ts'

/** A guest that no fake looks at. */
export const noGuest: GuestImage = {
  name: 'none',
  kernel: new Uint8Array(),
  disk: new Uint8Array(),
  bootargs: () => '',
  judge: (name, checksum, scale = 1) =>
    workloads.find((workload) => workload.name === name)?.checksums[scale - 1] === checksum,
  sameConsole: 'whole',
}

/** The console of a guest that computes what it should. */
export const goodConsole = (names: readonly WorkloadName[]): string =>
  [
    'hello\n',
    ...names.map((name) => {
      const [sum] = workloads.find((row) => row.name === name)!.checksums
      return `@bench begin ${name}\n@bench end ${name} checksum=${sum} expected=${sum} ok\n`
    }),
    '@bench done\n',
  ].join('')

/** What a fake does besides printing. */
export interface FakeBehaviour {
  /** What the guest prints; by the run of this subject, counted from 0. */
  console(run: number): string
  /** Instructions of the guest for each byte it prints; by the run. Default 10. */
  readonly pace?: (run: number) => number
  /** Prints for ever. */
  readonly endless?: boolean
}

/** A subject that prints what it is told, a few bytes at a time, and counts. */
export function fakeSubject(
  name: string,
  behaviour: FakeBehaviour,
): SubjectMaker & { readonly destroyed: number } {
  let runs = 0
  const maker = {
    name,
    title: `Fake ${name}`,
    destroyed: 0,
    start({ output }: Parameters<SubjectMaker['start']>[0]) {
      const run = runs++
      const text = behaviour.console(run)
      const pace = behaviour.pace?.(run) ?? 10
      let printed = 0
      return {
        advance() {
          let steps = 0
          while (steps < 64 && (printed < text.length || behaviour.endless)) {
            const byte = printed < text.length ? text.charCodeAt(printed) : 0x2e
            printed++
            steps++
            output(byte)
          }
          return steps
        },
        figures: () => ({
          instructions: printed * pace,
          emulatedInstructions: 0,
          events: Object.fromEntries(exitKinds.map((kind) => [kind, kind === 'csrAccess' ? printed : 0])),
          tlbMisses: 0,
          walkReferences: 0,
          softwareWalkReferences: 0,
          directExceptions: 0,
          directInterrupts: 0,
          fences: 0,
          dmaLines: 0,
          copiedLines: 0,
          injections: 0,
          virtualCycles: printed * pace * 3,
          wallMilliseconds: printed,
        }),
        outcome: () => 'it powered off',
        destroy() {
          maker.destroyed++
        },
      }
    },
  }
  return maker
}

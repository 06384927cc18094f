import type { ChecksumJudge } from '@worldswitch/guest-kernel'
import type { CostProfile } from '@worldswitch/hypervisor'
import type { ProgramImage } from '@worldswitch/machine'
import type { Figures } from './figures.ts'

/** The name of the run without a hypervisor, to which ratios are. */
export const BARE = 'bare'

/** The guest of a bench. */
export interface GuestImage {
  /** What a report calls it. */
  readonly name: string
  /** Entered in S-mode. */
  readonly kernel: ProgramImage
  readonly initrd?: Uint8Array
  /** Contents of its disk; every run gets a fresh copy. */
  readonly disk: Uint8Array
  /** The command line that makes it run workloads, print the lines that `TranscriptReader` reads, and power off. */
  bootargs(selection: { readonly bench: readonly string[]; readonly scale: number }): string
  /** Says whether a checksum that the guest printed is the known one. */
  readonly judge: ChecksumJudge
  /**
   * What has to be the same in all runs: all that the guest prints, or, of a kernel that tells what hardware it found and
   * when, the lines of workloads.
   */
  readonly sameConsole: 'whole' | 'results'
}

/** What a run starts from. */
export interface SubjectOptions {
  readonly guest: GuestImage
  readonly profile: CostProfile
  /** Bytes of guest RAM. */
  readonly memory: number
  readonly bootargs: string
  /** Takes console output in the middle of the instruction that wrote it, so that figures read there are exact. */
  output(byte: number): void
}

/** A guest under way, on bare metal or under a strategy. */
export interface Subject {
  /**
   * Runs for a stretch: some milliseconds of host time. How long it is must not change any count.
   *
   * @returns what the stretch took, in steps of the hart and exits together; 0 when the guest has ended.
   */
  advance(): number
  /** Everything since power-on. Exact also when called from `output`. */
  figures(): Figures
  /** How the guest ended, in words. */
  outcome(): string
  /** Gives back what it holds. */
  destroy(): void
}

/** Starts runs of one kind. */
export interface SubjectMaker {
  /** `bare`, or the name of a strategy. */
  readonly name: string
  readonly title: string
  /**
   * Powers a guest on; it runs when {@link Subject.advance} is called.
   *
   * @throws ImageError of `@worldswitch/machine`, and the errors of the layer that it runs on.
   */
  start(options: SubjectOptions): Subject
}

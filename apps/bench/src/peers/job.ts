import type { PeerWorkload } from '@worldswitch/bench'
import type { PeerTask } from './peer.ts'

/** A stretch of a run that is timed, from one text on the console to another behind it. */
export interface Span extends PeerWorkload {
  /** The clock runs as soon as all of this has come. */
  readonly begin: string
  readonly end: string
}

/** One boot on each machine, with what is timed in it. */
export interface Job {
  /** For messages. */
  readonly label: string
  readonly task: PeerTask
  /** In the order in which they come, one behind the other. */
  readonly spans: readonly Span[]
  /** Most seconds that it may take. */
  readonly seconds: number
  /** Typed when the last span has ended; without it the guest ends by itself. */
  readonly input?: string
  /** Looks at the whole console. @returns what is wrong with it. */
  check(console: string): string | undefined
}

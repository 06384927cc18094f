import type { ExitKind } from '@worldswitch/hypervisor'
import { createLogUpdate } from 'log-update'
import type { Sample } from './sample.ts'
import { sampleLines, sampleTables } from './sample-text.ts'

/** Where samples are shown. */
export interface View {
  show(sample: Sample): void
  /** Leaves what was shown last, and the terminal as it was. */
  stop(): void
}

/** A stream that text goes to. */
type Output = Pick<NodeJS.WriteStream, 'write'>

/** A JSON object in a line for each sample. */
export const jsonView = (output: Output): View => ({
  show: (sample) => void output.write(`${JSON.stringify(sample)}\n`),
  stop() {},
})

/** Lines of text for each sample, one after the other. */
export const linesView = (output: Output): View => ({
  show: (sample) => void output.write(sampleLines(sample)),
  stop() {},
})

/**
 * A table that changes in its place, by log-update: it is small, does nothing but this, and cuts at the height of the
 * terminal; what a whole user interface needs (input, focus, layout) is not needed here.
 */
export function terminalView(output: NodeJS.WriteStream): View {
  const seen = new Set<ExitKind>()
  const update = createLogUpdate(output)
  return {
    show: (sample) => void update(`${sampleTables(sample, seen, output.columns)}\n\nq quits`),
    stop: () => update.done(),
  }
}

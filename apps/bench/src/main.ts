import { CommanderError } from 'commander'
import { ExitStatus } from './exit-status.ts'
import { createProgram } from './program.ts'
import { UserError } from './user-error.ts'

/** Errors of the libraries that say to the person at the keyboard what is wrong. */
const EXPECTED = new Set([
  'BenchError',
  'ComputeProgramError',
  'CpuError',
  'DeviceError',
  'FdtError',
  'HypervisorError',
  'ImageError',
  'LinuxGuestError',
  'MachineError',
  'NetworkError',
])

/**
 * Runs the command and sets the exit status of the process.
 *
 * @param args - without the program's own name.
 */
export async function main(args: readonly string[]): Promise<void> {
  process.stdout.on('error', leaveOnClosedPipe)
  process.stderr.on('error', leaveOnClosedPipe)
  try {
    const program = createProgram()
    if (args[0] === 'complete') await (await import('./completion.ts')).addCompletion(program)
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    process.exitCode = report(error)
  }
}

/** Whoever read our output has gone: there is nothing left to say. */
function leaveOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
  process.exit(ExitStatus.outputClosed)
}

function report(error: unknown): number {
  // Commander has said it already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : ExitStatus.wrongCall
  if (error instanceof UserError) {
    process.stderr.write(`worldswitch: ${error.message}\n`)
    return error.status
  }
  if (error instanceof Error && EXPECTED.has(error.name)) {
    process.stderr.write(`worldswitch: ${error.message}\n`)
    return ExitStatus.failed
  }
  process.stderr.write('worldswitch: this is an error of the program itself; please report it\n')
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  return ExitStatus.failed
}

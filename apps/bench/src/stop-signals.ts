import { ExitStatus } from './exit-status.ts'

/** The wish to stop, from the keyboard or from another process. */
export interface StopSignals {
  /** The exit status that goes with the wish that came. */
  status(): number
  unlisten(): void
}

/** Listens for the wish to stop; a second one is not waited for. */
export function onStopSignals(stop: () => void): StopSignals {
  let status: number = ExitStatus.interrupted
  const listeners = (['SIGINT', 'SIGTERM'] as const).map((name) => {
    const listener = (): void => {
      status = name === 'SIGINT' ? ExitStatus.interrupted : ExitStatus.terminated
      stop()
    }
    process.once(name, listener)
    return { name, listener }
  })
  return {
    status: () => status,
    unlisten() {
      for (const { name, listener } of listeners) process.removeListener(name, listener)
    },
  }
}

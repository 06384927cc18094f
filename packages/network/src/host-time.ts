/** The time by which the outside is waited for. */
export interface HostTime {
  /** Milliseconds that never go back. */
  now(): number
  /** Does something later, once; @returns what cancels it. */
  after(milliseconds: number, act: () => void): () => void
}

/** The host's own time. Its timers do not keep a process alive. */
export const systemTime: HostTime = {
  now: () => performance.now(),
  after(milliseconds, act) {
    const timer: unknown = setTimeout(act, milliseconds)
    if (typeof timer === 'object' && timer !== null && 'unref' in timer) (timer as { unref(): void }).unref()
    return () => clearTimeout(timer as Parameters<typeof clearTimeout>[0])
  },
}

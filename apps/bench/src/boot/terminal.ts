/**
 * Puts the terminal into raw mode: every key goes to the guest as it is.
 *
 * @returns what puts it back. That happens by itself when the process ends, however it does.
 */
export function rawTerminal(): () => void {
  if (!process.stdin.isTTY) return () => {}
  const restore = (): void => {
    process.removeListener('exit', restore)
    process.stdin.setRawMode(false)
  }
  process.on('exit', restore)
  process.stdin.setRawMode(true)
  return restore
}

/**
 * Watches what a guest prints for a text.
 *
 * @param text - what is waited for, not empty.
 * @param seen - called once, with its last byte.
 * @returns takes the next byte.
 */
export function prompt(text: string, seen: () => void): (byte: number) => void {
  const wanted = new TextEncoder().encode(text)
  const last: number[] = []
  let done = false
  return (byte) => {
    if (done) return
    last.push(byte)
    if (last.length > wanted.length) last.shift()
    if (last.length < wanted.length || !wanted.every((one, index) => last[index] === one)) return
    done = true
    seen()
  }
}

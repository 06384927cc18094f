/** The `ts` blocks of a README. */

/**
 * @param {string} markdown
 * @returns {{ line: number, code: string }[]} each block with the line of the README that it starts on
 */
export function examplesIn(markdown) {
  const examples = []
  let open
  markdown.split(/\r?\n/).forEach((text, index) => {
    if (open === undefined) {
      if (/^```(ts|typescript)\s*$/.test(text)) open = { line: index + 2, lines: [] }
    } else if (/^```\s*$/.test(text)) {
      examples.push({ line: open.line, code: `${open.lines.join('\n')}\n` })
      open = undefined
    } else open.lines.push(text)
  })
  if (open !== undefined) throw new Error(`the block that starts on line ${open.line} does not end`)
  return examples
}

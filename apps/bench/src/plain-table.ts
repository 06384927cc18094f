import Table from 'cli-table3'
import colors from 'picocolors'

/**
 * A table without a frame: columns are two spaces apart.
 *
 * @param left - how many columns are aligned to the left; the others are to the right.
 */
export const plainTable = (head: readonly string[], left: number): InstanceType<typeof Table> =>
  new Table({
    head: head.map((text) => colors.dim(text)),
    colAligns: head.map((_, column) => (column < left ? 'left' : 'right')),
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '  ',
    },
  })

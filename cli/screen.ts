import type { Output } from './io.ts';

/** The whole terminal, which csmm redraws in place. `leave` restores the earlier content. */
export interface Screen {
  draw(text: string): void;
  leave(): void;
}

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE_END = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';
const CLEAR_ALL = '\u001b[2J';

/** Opens the alternate screen of the terminal (xterm private modes 1049 and 25), so that a resize leaves no stale lines. */
export function openScreen(output: Output): Screen {
  let drawn = '';
  const redraw = (): void => {
    output.write(CLEAR_ALL);
    drawn = '';
  };
  output.write(ENTER);
  output.on('resize', redraw);
  return {
    draw: (text) => {
      if (text === drawn) return;
      drawn = text;
      const lines = text
        .replace(/\n$/, '')
        .split('\n')
        .slice(0, output.rows || 24);
      output.write(HOME + lines.map((line) => line + CLEAR_LINE_END).join('\r\n') + CLEAR_BELOW);
    },
    leave: () => {
      output.off('resize', redraw);
      output.write(LEAVE);
    },
  };
}

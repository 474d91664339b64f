// lines are the lines of a text that hold something, each once, without the blanks around them.
export function lines(text: string): string[] {
  return [...new Set(text.split("\n").map((line) => line.trim()))].filter(Boolean);
}

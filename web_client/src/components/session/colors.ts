/** The pen's colours: far apart also for colour-blind eyes, each with a white rim on the canvas. */
export const COLORS = [
  { name: "red", value: "#C9342B" },
  { name: "blue", value: "#1D5FD1" },
  { name: "yellow", value: "#F2B705" },
] as const;

/** The three priorities a counter needs of the server's 1–99; a higher number is answered earlier. */
export const PRIORITIES = [
  { name: "normal", value: 50 },
  { name: "elder", value: 70 },
  { name: "urgent", value: 90 },
] as const;

export const NORMAL_PRIORITY = 50;

/** How a list or panel stands. */
export type PanelKind = "ready" | "loading" | "empty" | "error" | "offline" | "denied";

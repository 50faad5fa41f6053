/** What may be granted, the mildest first: the order in which it is shown. */
import type { ControlScope } from "@/protocol/generated";

export const SCOPES: readonly ControlScope[] = ["draw", "pointer", "keyboard", "text", "clipboard", "file"];

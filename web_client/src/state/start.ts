/** Create the stores that listen to the channel before it opens, so that no first event is missed. */
import { useAuth } from "@/state/auth";
import { useCall } from "@/state/call";
import { useConnection } from "@/state/connection";
import { useOffers } from "@/state/offers";
import { usePresence } from "@/state/presence";
import { useQueue } from "@/state/queue";
import { useSession } from "@/state/session";
import { useUpdate } from "@/state/update";

export function startStores(): void {
  [useConnection, useAuth, usePresence, useCall, useOffers, useQueue, useSession, useUpdate].forEach((use) => use());
}

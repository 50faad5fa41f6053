/** What the server believes of this page's media, in words a test can compare. */
import type { FakeServer } from "./fakeServer";

/** My tracks that the server forwards. */
export function sent(server: FakeServer): string[] {
  return [...server.seat.producers.values()].filter(({ view }) => !view.paused).map(({ view }) => view.track).sort();
}

/** My tracks that the server holds back. */
export function paused(server: FakeServer): string[] {
  return [...server.seat.producers.values()].filter(({ view }) => view.paused).map(({ view }) => view.track).sort();
}

/** The others' tracks that flow to this page; one that has two consumers stands twice. */
export function received(server: FakeServer): string[] {
  return [...server.seat.consumers.values()].filter(({ resumed }) => resumed).map(({ producerId }) => producerId).sort();
}
